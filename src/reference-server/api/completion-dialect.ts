/** `/v1/completions`. */

import type { Dialect, Envelope } from "./dialect.ts";
import { finishReason, joinChoices, progressJson } from "./openai-words.ts";
import { timingsJson, usageJson } from "./timings.ts";
import type { Json } from "./timings.ts";

export function completionDialect({ engine, id, created }: Envelope): Dialect {
  const { name: model, build: system_fingerprint } = engine.facts;
  const shared = { created, model, system_fingerprint, object: "text_completion" };
  const tail = JSON.stringify({ ...shared, id }).slice(1);
  const chunk = (index: number, text: string, extra: Json = {}): string => {
    const choice = `{"text":${JSON.stringify(text)},"index":${index},"logprobs":null,"finish_reason":null}`;
    const members = JSON.stringify(extra).slice(1, -1);
    const line = `{"choices":[${choice}],${tail}`;
    return members === "" ? line : `${line.slice(0, -1)},${members}}`;
  };
  const final: Dialect["whole"] = (generation, finish) => ({
    choices: [
      {
        text: generation.settings.stream ? "" : finish.text,
        index: generation.index,
        logprobs: null,
        finish_reason: finishReason(finish),
      },
    ],
    ...shared,
    usage: usageJson(generation, finish),
    id,
    timings: timingsJson(finish.timings),
  });
  return {
    terminator: "[DONE]",
    progress: ({ index }, progress, timings) => [
      chunk(index, "", { timings: timingsJson(timings), prompt_progress: progressJson(progress) }),
    ],
    token: ({ index }, { text, timings }) => [
      chunk(index, text, timings === undefined ? {} : { timings: timingsJson(timings) }),
    ],
    finish: (generation, finish) => [JSON.stringify(final(generation, finish))],
    whole: final,
    join: joinChoices,
  };
}
