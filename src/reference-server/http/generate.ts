/** Runs a generation request and answers it, whole or as a stream. */

import type { ServerResponse } from "node:http";
import { chatDialect } from "../api/chat-dialect.ts";
import { completionDialect } from "../api/completion-dialect.ts";
import type { Dialect, Envelope } from "../api/dialect.ts";
import { nativeDialect } from "../api/native-dialect.ts";
import { readGenerationRequest } from "../api/generation-request.ts";
import type { GenerationRequest, Generation } from "../api/generation-request.ts";
import type { Body } from "../api/request-fields.ts";
import type { Json } from "../api/timings.ts";
import type { Job, JobListener } from "../engine/job.ts";
import type { Service } from "../service.ts";
import { EventStream } from "./event-stream.ts";
import { sendError, sendJson } from "./respond.ts";

const dialects = {
  chat: chatDialect,
  completion: completionDialect,
  native: nativeDialect,
} satisfies Record<string, (envelope: Envelope) => Dialect>;

/** @throws ApiError before anything is sent, when the request cannot be answered */
export function generate(
  service: Service,
  response: ServerResponse,
  api: keyof typeof dialects,
  body: Body,
): void {
  const { engine } = service;
  const request = readGenerationRequest(body, engine);
  const envelope: Envelope = {
    engine,
    id: `chatcmpl-${service.randomId()}`,
    created: service.unixTime(),
    includeUsage: request.includeUsage,
  };
  const dialect = dialects[api](envelope);
  const jobs: Job[] = [];
  const cancel = (): void => {
    for (const job of jobs) engine.loop.cancel(job);
  };
  const answer = request.stream
    ? streamed(response, request, dialect, cancel)
    : whole(response, request, dialect, cancel);
  for (const generation of request.generations) {
    const { index, prompt, settings, slot } = generation;
    const id = service.nextTask();
    jobs.push({ id, index, prompt, settings, slot, listener: answer(generation) });
  }
  // Also after a complete answer, when there is nothing left to cancel.
  response.on("close", cancel);
  for (const job of jobs) engine.loop.submit(job);
}

type Answer = (generation: Generation) => JobListener;

function streamed(
  response: ServerResponse,
  { generations }: GenerationRequest,
  dialect: Dialect,
  cancel: () => void,
): Answer {
  const stream = new EventStream(response);
  let left = generations.length;
  return (generation) => ({
    started: () => {
      // llama-server's marker of a later prompt's start reaches the stream as a bare null.
      if (stream.opened && generation.first && !generation.settings.returnProgress)
        stream.send(["null"]);
      stream.open();
    },
    progressed: (progress, timings) => {
      stream.send(dialect.progress(generation, progress, timings));
    },
    token: (event) => {
      stream.send(dialect.token(generation, event));
    },
    finished: (finish) => {
      left -= 1;
      const last = left === 0 && dialect.terminator !== undefined ? [dialect.terminator] : [];
      stream.send([...dialect.finish(generation, finish), ...last]);
      if (left === 0) stream.end();
    },
    failed: (error) => {
      cancel();
      if (!stream.opened) sendError(response, error);
      else {
        stream.send([JSON.stringify({ error })]);
        stream.end();
      }
    },
  });
}

function whole(
  response: ServerResponse,
  { generations }: GenerationRequest,
  dialect: Dialect,
  cancel: () => void,
): Answer {
  const bodies = new Map<number, Json>();

  const ignore = (): void => undefined;
  return (generation) => ({
    started: ignore,
    progressed: ignore,
    token: ignore,
    finished: (finish) => {
      bodies.set(generation.index, dialect.whole(generation, finish));
      if (bodies.size < generations.length) return;
      const inOrder = [...bodies].sort(([a], [b]) => a - b).map(([, body]) => body);
      sendJson(response, 200, dialect.join(inOrder));
    },
    failed: (error) => {
      cancel();
      sendError(response, error);
    },
  });
}
