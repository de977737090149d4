import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sloMet, type RequestValues } from "../../../src/judge/collect/request-values.ts";
import { RequestView } from "../../../src/judge/collect/request-view.ts";
import type { RequestRecord } from "../../../src/core/request-record.ts";
import { censoredRequest, failedRequest, request, without } from "../../support/runs/run-lines.ts";

function valuesOf(record: RequestRecord): RequestValues {
  return new RequestView().of(record).values;
}

function gapsOf(record: RequestRecord): number[] {
  const { gap, times, length } = new RequestView().of(record).gaps;
  return [...gap.subarray(0, length)].flatMap((one, i) =>
    Array.from({ length: times[i] ?? 0 }, () => one),
  );
}

function arrivals(record: RequestRecord): [number, number][] {
  const { at, tokens, length } = new RequestView().of(record).arrivals;
  return [...at.subarray(0, length)].map((one, i) => [one, tokens[i] ?? NaN]);
}

describe("the values of a request", () => {
  test("follow the definitions", () => {
    const record = request(1000, {
      scheduled: 993,
      server: { promptMs: 30 },
      firstAnswer: 1060,
      cached: { count: 10, source: "timings" },
    });
    expect(valuesOf(record)).toEqual({
      ttft: 50,
      ttft_scheduled: 57,
      e2e: 80,
      e2e_scheduled: 87,
      tpot: 10,
      ttfa: 60,
      headers: 5,
      connect: 1,
      server_queue: 50 - 30 - 1,
      output_tokens: 4,
      prompt_tokens: 100,
      cached_tokens: 10,
      dispatch_lag: 7,
    });
  });

  test("have no tpot below two tokens, and nothing from schedule without one", () => {
    const record = without(request(0, { output: { count: 1, source: "usage" } }), "scheduled");
    const values = valuesOf(record);
    expect(values.tpot).toBeUndefined();
    expect(values.ttft_scheduled).toBeUndefined();
    expect(values.dispatch_lag).toBeUndefined();
    expect(values.server_queue).toBeUndefined();
  });

  test("of a failed request are its lag alone, even when content had come", () => {
    expect(valuesOf(failedRequest(100, { scheduled: 98 }))).toEqual({ dispatch_lag: 2 });
    expect(valuesOf(censoredRequest(100))).toEqual({ dispatch_lag: 0 });
  });
});

describe("gaps between tokens", () => {
  test("weigh an event of k tokens as one wait and k - 1 times nothing", () => {
    const record = request(0, {
      contentGapsUs: [50_000, 12_000, 9000],
      contentTokens: [2, 3, 1],
      output: { count: 6, source: "usage" },
    });
    expect(gapsOf(record)).toEqual([0, 12, 0, 0, 9]);
  });

  test("hand the wait of half a character on to the event that completes it", () => {
    const record = request(0, { contentGapsUs: [50_000, 4000, 5000], contentTokens: [1, 0, 1] });
    expect(gapsOf(record)).toEqual([9]);
  });

  test("between chunks are one an event, whatever they carry", () => {
    const record = request(0, {
      perEvent: "chunk",
      contentGapsUs: [50_000, 12_000, 9000],
      output: { count: 9, source: "usage" },
    });
    expect(gapsOf(record)).toEqual([12, 9]);
  });

  test("add up to the time from the first to the last token, one fewer than the tokens", () => {
    const event = fc.record({ gap: fc.nat(1e6), tokens: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 50 }), (events) => {
        const record = request(0, {
          contentGapsUs: events.map(({ gap }) => gap),
          contentTokens: events.map(({ tokens }) => tokens),
        });
        const gaps = gapsOf(record);
        const tokens = events.reduce((sum, event) => sum + event.tokens, 0);
        const span = events.slice(1).reduce((sum, { gap }) => sum + gap, 0) / 1000;
        expect(gaps).toHaveLength(tokens - 1);
        expect(gaps.reduce((sum, gap) => sum + gap, 0)).toBeCloseTo(span, 6);
      }),
    );
  });
});

describe("arrivals of tokens", () => {
  test("are at the running sum of the gaps", () => {
    expect(arrivals(request(1000))).toEqual([
      [1050, 1],
      [1060, 1],
      [1070, 1],
      [1080, 1],
    ]);
  });

  test("spread a count over events when what each carried is unknown", () => {
    const record = request(0, {
      perEvent: "chunk",
      contentGapsUs: [50_000, 10_000],
      output: { count: 5, source: "usage" },
    });
    expect(arrivals(record).map(([, tokens]) => tokens)).toEqual([2.5, 2.5]);
  });

  test("of an answer in one piece are all at its end", () => {
    const record = without(request(0), "contentGapsUs");
    expect(arrivals(record)).toEqual([[80, 4]]);
  });
});

describe("an SLO", () => {
  const slo = {
    limits: [
      { metric: "ttft_scheduled", limit: 55 },
      { metric: "tpot", limit: 9 },
    ],
  } as const;
  const met = (record: RequestRecord): boolean[] => sloMet(record, valuesOf(record), slo);

  test("is met limit by limit, limits included", () => {
    expect(met(request(0))).toEqual([true, false]);
    expect(met(request(0, { scheduled: -5 }))).toEqual([true, false]);
    expect(met(request(0, { scheduled: -6 }))).toEqual([false, false]);
  });

  test("takes the time from sent for a request that had no schedule", () => {
    const record = without(request(0), "scheduled");
    expect(met(record)[0]).toBe(true);
  });

  test("asks no tpot of an answer of one token", () => {
    expect(met(request(0, { output: { count: 1, source: "usage" } }))[1]).toBe(true);
  });

  test("is not met by what is missing, nor by a failed request", () => {
    const uncounted = without(request(0), "output");
    expect(met(uncounted)[1]).toBe(false);
    expect(met(failedRequest(0))).toEqual([false, false]);
  });
});
