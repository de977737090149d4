/** Runs that a report must make sense of all the same. */
import type { RequestRecord } from "../../../src/core/request-record.ts";
import type { RunLine } from "../../../src/core/records.ts";
import type { Plan } from "../../../src/scenario/plan.ts";
import {
  censoredRequest,
  every,
  failedRequest,
  footer,
  header,
  iteration,
  mark,
  marks,
  request,
  served,
  threshold,
  without,
} from "./run-lines.ts";

const asked: Partial<Plan> = { thresholds: [threshold()] };

const target: RunLine = {
  type: "target",
  at: 500,
  identity: { kind: "remote", url: "http://server:8080", server: "llama.cpp" },
};

/** As a connection that never was: no status, no headers. */
function unanswered(at: number): RequestRecord {
  return without(failedRequest(at), "status", "headers");
}

/** Every request fails so; the run goes on to its end. */
function failing(times: readonly number[], changes: Partial<RequestRecord>): readonly RunLine[] {
  return times.flatMap((at, i) => [
    { ...unanswered(at), iteration: i, ...changes },
    iteration(at, { iteration: i, ended: at + 20 }),
  ]);
}

export const oddRuns: Readonly<Record<string, readonly RunLine[]>> = {
  interrupted: [
    header(asked),
    target,
    ...marks,
    ...served(every(100, 1000, 10), {}, "warmup"),
    ...served(every(100, 2000, 5)),
    { type: "event", at: 2500, name: "interrupt", message: "SIGINT" },
    censoredRequest(2480),
    mark("drain", [2600, 2600], { measured: false }),
    { ...footer(2600, "interrupted"), message: "SIGINT" },
  ],
  "cut-short": [header(asked), target, ...marks, ...served(every(100, 2000, 12))],
  empty: [header(asked), target, ...marks, footer(4100)],
  "only-a-header": [header(asked)],
  "refused-throughout": [
    header(asked),
    target,
    ...marks,
    ...failing(every(100, 2000, 20), {
      outcome: {
        ok: false,
        failure: "connect_refused",
        message: "connect ECONNREFUSED 127.0.0.1:8080",
      },
    }),
    footer(4100),
  ],
  "error-500-throughout": [
    header(asked),
    target,
    ...marks,
    ...failing(every(100, 2000, 20), {
      outcome: { ok: false, failure: "http_status", message: "<h1>Internal Server Error</h1>" },
      status: 500,
    }),
    footer(4100),
  ],
  "one-request": [
    header(asked),
    target,
    mark("steady", [2000, 4000]),
    request(2000),
    iteration(2000),
    footer(4100),
  ],
};
