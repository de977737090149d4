/** OpenAI text completions (`POST /v1/completions`), streamed. */
import { postJson, type Adapter } from "../../adapter.ts";
import { mergeBody } from "../merge-body.ts";
import { coldField, dialectFields, ignoreEosField, streamOptions } from "./dialect.ts";
import { OpenAiStream } from "./stream.ts";
import { promptOf } from "../prompt-text.ts";

export const openaiCompletions: Adapter = {
  name: "completions",
  templated: false,
  fixesLength: ignoreEosField,
  skipsCache: coldField,
  encode: (request, facts) =>
    postJson(
      "/v1/completions",
      mergeBody(
        {
          model: facts.model,
          prompt: promptOf(request),
          stream: true,
          stream_options: streamOptions(facts),
          max_tokens: request.maxTokens,
          temperature: request.temperature,
          seed: request.seed,
          stop: request.stop,
          ...dialectFields(request, facts),
        },
        request.body,
      ),
      facts,
    ),
  interpret: () => new OpenAiStream(),
};
