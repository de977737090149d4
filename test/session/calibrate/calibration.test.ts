/**
 * What makes this an instrument: what is measured must be what was scripted. The whole engine, in
 * its worker thread, against a server that keeps the true time of every event on the same clock.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { arrivalsOf, timingErrors } from "../../../src/session/calibrate/timing-error.ts";
import { runScripted } from "../../../src/session/calibrate/scripted-traffic.ts";
import { processWorld } from "../../../src/cli/world.ts";
import { originNow } from "../../../src/core/clock.ts";
import type { RequestRecord } from "../../../src/core/request-record.ts";
import { RequestView } from "../../../src/judge/collect/request-view.ts";
import type { StreamTruth } from "../../../src/reference-server/scripted/play-stream.ts";
import { startScripted } from "../../../src/reference-server/scripted/start-scripted.ts";
import {
  DEFAULT_SCRIPT,
  stepsOf,
  type StreamScript,
} from "../../../src/reference-server/scripted/stream-script.ts";
import { workerLoader } from "../../support/worker-loader.ts";

const shapes = {
  "constant ttft and itl": { tokens: 12, ttft: 20, itl: 10 },
  bimodal: { tokens: 12, ttft: 10, itl: 4, slowEvery: 4, slowItl: 40 },
  "bursts of 5 events in one write": { tokens: 22, ttft: 10, itl: 15, burst: 5 },
  "4 tokens in one event": { tokens: 22, ttft: 10, itl: 15, tokensPerEvent: 4 },
  "events split over 3 writes": { tokens: 8, ttft: 20, itl: 12, pieces: 3, pieceGap: 3 },
  "bursts split over 4 writes": { tokens: 12, ttft: 20, itl: 20, burst: 3, pieces: 4, pieceGap: 4 },
  "1-byte writes": { tokens: 4, ttft: 10, itl: 5, pieces: 0 },
  "a stall": { tokens: 8, ttft: 10, itl: 5, stallBefore: 5, stall: 120 },
  "late headers": { tokens: 4, headersAfter: 80, ttft: 120, itl: 5 },
  "a slow start": { tokens: 4, ttft: 200, itl: 2 },
  "everything at once": { tokens: 40, ttft: 0, itl: 0 },
  "one token": { tokens: 1, ttft: 15, itl: 0 },
} as const satisfies Record<string, Partial<StreamScript>>;

const names = Object.keys(shapes) as (keyof typeof shapes)[];
const STREAMS_PER_SHAPE = 3;

interface Pair {
  readonly record: RequestRecord;
  readonly truth: StreamTruth;
}

let records: readonly RequestRecord[] = [];
let truths: readonly StreamTruth[] = [];
const origin = originNow();
const world = { ...processWorld(), nodeArgs: workerLoader() };
let server: Awaited<ReturnType<typeof startScripted>>;

beforeAll(async () => {
  server = await startScripted(origin, { node: world.node, args: world.nodeArgs });
  const vus = names.length * STREAMS_PER_SHAPE;
  const observed = await runScripted(
    {
      origin,
      url: server.url,
      workers: 1,
      scenarios: { main: { executor: "shared-iterations", vus, iterations: vus } },
      work: { scripts: Object.values(shapes) },
    },
    world,
  );
  records = observed.requests;
  truths = await server.truth();
});

afterAll(async () => {
  await server.stop();
});

function pairsOf(name: keyof typeof shapes): Pair[] {
  return records
    .filter(({ iteration }) => iteration % names.length === names.indexOf(name))
    .map((record) => {
      const truth = truths.find(({ id }) => id === String(record.iteration));
      if (truth === undefined) throw new Error(`no truth of iteration ${record.iteration}`);
      return { record, truth };
    });
}

/** When each event's last byte was due, ms after the request was complete. */
function scheduleOf(shape: Partial<StreamScript>): number[] {
  const script = { ...DEFAULT_SCRIPT, ...shape };
  return [...stepsOf(script, 0)].flatMap(({ after, completes }) =>
    Array.from({ length: completes }, () => after),
  );
}

/** Times have whole µs; sums of them have the rounding of floating point. */
const ROUNDING = 1e-3;

describe.each(names)("%s", (name) => {
  const shape: Partial<StreamScript> = shapes[name];
  const { tokens = 0, tokensPerEvent = 1, burst = 1 } = shape;
  const events = Math.ceil(tokens / tokensPerEvent);

  test("every event that was sent is measured, and every token is counted", () => {
    const pairs = pairsOf(name);
    expect(pairs).toHaveLength(STREAMS_PER_SHAPE);
    for (const { record, truth } of pairs) {
      expect(record.outcome).toEqual({ ok: true, finish: "length" });
      expect(truth.events).toHaveLength(events);
      expect(record.contentGapsUs).toHaveLength(events);
      expect(record.output).toEqual({ count: tokens, source: "usage" });
      expect(record.perEvent).toBe(tokensPerEvent === 1 ? "token" : "chunk");
    }
  });

  test("nothing is measured before it was sent, nor sent before it was scripted", () => {
    const schedule = scheduleOf(shape);
    for (const { record, truth } of pairsOf(name)) {
      const arrivals = arrivalsOf(record);
      expect(truth.blocked).toBe(false);
      expect(record.sent).toBeLessThanOrEqual(truth.received);
      for (const [i, sent] of truth.events.entries()) {
        expect(sent - truth.received).toBeGreaterThanOrEqual((schedule[i] ?? NaN) - ROUNDING);
        expect(arrivals[i]).toBeGreaterThanOrEqual(sent - ROUNDING);
      }
      expect(record.firstContent).toBeCloseTo(arrivals[0] ?? NaN, 2);
      expect(record.lastContent).toBeCloseTo(arrivals.at(-1) ?? NaN, 2);
    }
  });

  test("headers and the role event are not content", () => {
    for (const { record } of pairsOf(name)) {
      const headers = (record.headers ?? NaN) - record.sent;
      const ttft = (record.firstContent ?? NaN) - record.sent;
      expect(headers).toBeGreaterThanOrEqual((shape.headersAfter ?? 0) - ROUNDING);
      expect(ttft).toBeGreaterThanOrEqual((shape.ttft ?? NaN) - ROUNDING);
      expect(ttft).toBeGreaterThanOrEqual(headers);
    }
  });

  test("there is one gap between two events, and none within a write", () => {
    for (const { record } of pairsOf(name)) {
      const view = new RequestView().of(record);
      const { gap, times, length } = view.gaps;
      // A busy machine may bring most of an answer at once; then no gap of it means anything.
      if (view.bunched) {
        expect(length).toBe(0);
        continue;
      }
      const gaps = [...gap.subarray(0, length)].flatMap((one, i) =>
        Array.from({ length: times[i] ?? 0 }, () => one),
      );
      expect(gaps).toHaveLength(events - 1);
      expect(gaps.every((gap) => gap >= 0)).toBe(true);
      if (burst === 1 || shape.pieces !== undefined) continue;
      const within = gaps.filter((_, i) => (i + 1) % burst !== 0);
      expect(within.every((gap) => gap === 0)).toBe(true);
    }
  });
});

test("the errors of a whole run are of all its events", () => {
  const errors = timingErrors(records, truths);
  const sent = truths.reduce((sum, { events }) => sum + events.length, 0);
  expect(errors.mismatched).toBe(0);
  expect(errors.ttft).toHaveLength(records.length);
  expect(errors.arrival).toHaveLength(sent);
  expect(errors.itl).toHaveLength(sent - records.length);
  expect(errors.arrival[0]).toBeGreaterThanOrEqual(-ROUNDING);
});
