/** `/v1/chat/completions`. */

import type { Finish } from "../engine/job.ts";
import type { Dialect, Envelope } from "./dialect.ts";
import type { Generation } from "./generation-request.ts";
import { finishReason, joinChoices, progressJson } from "./openai-words.ts";
import { timingsJson, usageJson } from "./timings.ts";
import type { Json } from "./timings.ts";

const ROLE = '{"role":"assistant","content":null}';

export function chatDialect(envelope: Envelope): Dialect {
  const shared = sharedMembers(envelope);
  const chunk = chunkWriter(shared);
  return {
    terminator: "[DONE]",
    progress: ({ index }, progress, timings) => {
      const extra = { timings: timingsJson(timings), prompt_progress: progressJson(progress) };
      return [chunk(index, ROLE, extra)];
    },
    token: ({ index }, { text, generated, timings }) => {
      const deltas = generated === 1 ? [ROLE] : [];
      if (text !== "") deltas.push(`{"content":${JSON.stringify(text)}}`);
      return deltas.map((delta, at) => {
        const last = at === deltas.length - 1 && timings !== undefined;
        return chunk(index, delta, last ? { timings: timingsJson(timings) } : undefined);
      });
    },
    finish: (generation, finish) => finishChunks(envelope, shared, generation, finish),
    whole: (generation, finish) => ({
      ...shared,
      choices: [message(generation.index, finish)],
      object: "chat.completion",
      usage: usageJson(generation, finish),
      timings: timingsJson(finish.timings),
    }),
    join: joinChoices,
  };
}

function sharedMembers({ engine, id, created }: Envelope): Json {
  const { name: model, build: system_fingerprint } = engine.facts;
  return { created, id, model, system_fingerprint, object: "chat.completion.chunk" };
}

/** Everything around the delta is the same in every chunk; only the text is encoded per token. */
function chunkWriter(shared: Json): (index: number, delta: string, extra?: Json) => string {
  const tail = `}],${JSON.stringify(shared).slice(1)}`;
  return (index, delta, extra) => {
    const chunk = `{"choices":[{"finish_reason":null,"index":${index},"delta":${delta}${tail}`;
    return extra === undefined ? chunk : `${chunk.slice(0, -1)},${JSON.stringify(extra).slice(1)}`;
  };
}

/** The usage, when asked for, is a chunk of its own; the timings ride on the last one. */
function finishChunks(
  { includeUsage }: Envelope,
  shared: Json,
  generation: Generation,
  finish: Finish,
): string[] {
  const { index } = generation;
  const choices = [{ finish_reason: finishReason(finish), index, delta: {} }];
  const timings = timingsJson(finish.timings);
  if (!includeUsage) return [JSON.stringify({ choices, ...shared, timings })];
  const usage = usageJson(generation, finish);
  return [
    JSON.stringify({ choices, ...shared }),
    JSON.stringify({ choices: [], ...shared, usage, timings }),
  ];
}

function message(index: number, finish: Finish): Json {
  const content = { role: "assistant", content: finish.text };
  return { finish_reason: finishReason(finish), index, message: content };
}
