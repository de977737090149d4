/** `/completion`, llama.cpp's own API. */

import type { Engine } from "../engine/engine.ts";
import type { Finish, TokenEvent } from "../engine/job.ts";
import type { Dialect, Envelope } from "./dialect.ts";
import type { Generation } from "./generation-request.ts";
import { settingsJson } from "./generation-settings.ts";
import { progressJson } from "./openai-words.ts";
import { timingsJson } from "./timings.ts";
import type { Json } from "./timings.ts";

export function nativeDialect({ engine }: Envelope): Dialect {
  const final: Dialect["whole"] = (generation, finish) => finalJson(engine, generation, finish);
  return {
    terminator: undefined,
    progress: (generation, progress, timings) => [
      // The token 0 is llama-server's placeholder: there is none yet.
      partial(
        generation,
        { token: 0, text: "", generated: 0 },
        {
          timings: timingsJson(timings),
          prompt_progress: progressJson(progress),
        },
      ),
    ],
    token: (generation, event) => [
      partial(generation, event, event.timings && { timings: timingsJson(event.timings) }),
    ],
    finish: (generation, finish) => [JSON.stringify(final(generation, finish))],
    whole: final,
    join: (bodies) => (bodies.length === 1 ? bodies[0] : bodies),
  };
}

function partial(
  { index, prompt }: Generation,
  { token, text, generated }: Pick<TokenEvent, "token" | "text" | "generated">,
  extra: Json | undefined,
): string {
  return JSON.stringify({
    index,
    content: text,
    tokens: [token],
    stop: false,
    id_slot: -1,
    tokens_predicted: generated,
    tokens_evaluated: prompt.length,
    ...extra,
  });
}

/** In a stream the text and the tokens have been sent already. */
function finalJson({ facts, vocabulary }: Engine, generation: Generation, finish: Finish): Json {
  const { stream } = generation.settings;
  return {
    index: generation.index,
    content: stream ? "" : finish.text,
    tokens: stream ? [] : finish.tokens,
    id_slot: finish.slot,
    stop: true,
    model: facts.name,
    tokens_predicted: finish.generated,
    tokens_evaluated: generation.prompt.length,
    generation_settings: settingsJson(generation.settings),
    prompt: vocabulary.detokenize(generation.prompt),
    has_new_line: finish.hasNewLine,
    truncated: finish.truncated,
    stop_type: finish.stop.type,
    stopping_word: finish.stop.type === "word" ? finish.stop.word : "",
    tokens_cached: finish.inContext,
    timings: timingsJson(finish.timings),
  };
}
