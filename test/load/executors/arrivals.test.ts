import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { schedule, shardOf } from "../../../src/load/executors/arrivals.ts";
import type { ArrivalPlan, ArrivalProcess, RateSegment } from "../../../src/scenario/plan.ts";

function plan(
  executor: ArrivalPlan["executor"],
  segments: readonly (readonly [duration: number, from: number, to?: number])[],
  arrival: ArrivalProcess = { kind: "constant" },
): ArrivalPlan {
  return {
    executor,
    arrival,
    preAllocatedVUs: 1,
    maxVUs: 1,
    segments: segments.map(([duration, from, to = from]) => ({
      phase: "main",
      measured: true,
      duration,
      from,
      to,
    })),
  };
}

const constant = "constant-arrival-rate";
const ramping = "ramping-arrival-rate";

/** Iterations that the rate admits until `offset`, by plain integration. */
function areaUntil(segments: readonly RateSegment[], offset: number): number {
  let [start, area] = [0, 0];
  for (const { duration, from, to } of segments) {
    const into = Math.max(0, Math.min(duration, offset - start));
    if (duration > 0) area += (from * into + ((to - from) * into * into) / (2 * duration)) / 1000;
    start += duration;
  }
  return area;
}

/** Kolmogorov–Smirnov distance of the values from the exponential distribution with mean 1. */
function distanceFromExponential(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  return sorted.reduce((worst, x, i) => {
    const cdf = 1 - Math.exp(-x);
    return Math.max(worst, (i + 1) / n - cdf, cdf - i / n);
  }, 0);
}

function gaps(values: readonly number[]): number[] {
  return values.map((value, i) => value - (values[i - 1] ?? 0));
}

function moments(values: readonly number[]): { mean: number; cv2: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
  return { mean, cv2: variance / mean ** 2 };
}

const anyRate = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 700 }).map((n) => n / 7) },
);

const anySegments = fc
  .array(
    fc.record({
      duration: fc.oneof(
        { weight: 1, arbitrary: fc.constant(0) },
        { weight: 4, arbitrary: fc.integer({ min: 1, max: 20_000 }) },
      ),
      from: anyRate,
      to: anyRate,
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((segments) => segments.map((s) => [s.duration, s.from, s.to] as const));

const anyArrival = fc.constantFrom<ArrivalProcess>(
  { kind: "constant" },
  { kind: "poisson" },
  { kind: "gamma", burstiness: 0.3 },
  { kind: "gamma", burstiness: 4 },
);

describe("constant arrivals", () => {
  test("a constant-arrival-rate starts iteration k at k / rate, the first at 0", () => {
    expect([...schedule(plan(constant, [[1000, 10]]))]).toEqual([
      0, 100, 200, 300, 400, 500, 600, 700, 800, 900,
    ]);
  });

  test("a constant-arrival-rate whose last gap is cut off keeps the start before it", () => {
    expect([...schedule(plan(constant, [[2500, 1]]))]).toEqual([0, 1000, 2000]);
  });

  test("a rate of 30 a minute starts every 2 seconds", () => {
    expect([...schedule(plan(constant, [[6000, 30 / 60]]))]).toEqual([0, 2000, 4000]);
  });

  test("a warm-up segment takes the first start, and the rate goes on over its border", () => {
    const starts = schedule(
      plan(constant, [
        [1500, 1],
        [2000, 2],
      ]),
    );
    expect([...starts]).toEqual([0, 1000, 1750, 2250, 2750, 3250]);
  });

  test("a ramping-arrival-rate of a level rate starts first when the area is 1", () => {
    expect([...schedule(plan(ramping, [[1000, 4]]))]).toEqual([250, 500, 750, 1000]);
  });

  test("a ramp from 0 starts k where the integral is k: at the square roots", () => {
    // 0 -> 2/s over 2 s: the integral is t²/2.
    const starts = [...schedule(plan(ramping, [[2000, 0, 2]]))];
    expect(starts).toHaveLength(2);
    expect(starts[0]).toBeCloseTo(Math.SQRT2 * 1000, 9);
    expect(starts[1]).toBeCloseTo(2000, 9);
  });

  test("a ramp down to 0 starts its last one at the very end", () => {
    const starts = [...schedule(plan(ramping, [[10_000, 2, 0]]))];
    expect(starts).toHaveLength(10);
    expect(starts.at(-1)).toBe(10_000);
  });

  test("what a stage leaves of an iteration is carried into the next, as k6's comment tells", () => {
    // 2/s for 4.9 s: 9.8; so the tenth comes when the next stage has made 0.2.
    const starts = [
      ...schedule(
        plan(ramping, [
          [4900, 2],
          [5000, 2, 3],
        ]),
      ),
    ];
    expect(starts[8]).toBeCloseTo(4500, 9);
    const into = (-2 + Math.sqrt(4 + 2 * 0.2 * 0.2)) / 0.2;
    expect(starts[9]).toBeCloseTo(4900 + into * 1000, 6);
  });

  test("a stage of no duration is a jump of the rate and admits nothing itself", () => {
    const jump = schedule(
      plan(ramping, [
        [1000, 2],
        [0, 2, 10],
        [1000, 10],
      ]),
    );
    const without = schedule(
      plan(ramping, [
        [1000, 2],
        [1000, 10],
      ]),
    );
    expect(jump).toEqual(without);
    expect(jump).toHaveLength(12);
    expect(jump[2]).toBe(1100);
  });

  test("a pause of the rate holds back the started iteration", () => {
    const starts = schedule(
      plan(ramping, [
        [1500, 1],
        [10_000, 0],
        [1500, 1],
      ]),
    );
    expect([...starts]).toEqual([1000, 12_000, 13_000]);
  });

  test("a million starts do not drift by a microsecond", () => {
    const starts = schedule(plan(constant, [[1_000_000 / 3, 3000]]));
    expect(starts).toHaveLength(1_000_000);
    expect(Math.abs(starts[999_999]! - 999_999 / 3)).toBeLessThan(1e-3);
    const long = schedule(plan(ramping, [[100_000_000, 5, 15]]));
    expect(long).toHaveLength(1_000_000);
    expect(long.at(-1)).toBeCloseTo(100_000_000, 3);
  });

  test("the count is the floor of the rate's integral (ramping) or its ceiling (constant)", () => {
    fc.assert(
      fc.property(anySegments, (segments) => {
        const ramps = plan(ramping, segments);
        const end = segments.reduce((sum, [duration]) => sum + duration, 0);
        const area = areaUntil(ramps.segments, end);
        fc.pre(Math.abs(area - Math.round(area)) > 1e-6);
        expect(schedule(ramps)).toHaveLength(Math.floor(area));
        expect(schedule(plan(constant, segments))).toHaveLength(Math.ceil(area));
      }),
    );
  });

  test("start k lies where the integral of the rate is k + 1", () => {
    fc.assert(
      fc.property(anySegments, (segments) => {
        const ramps = plan(ramping, segments);
        schedule(ramps).forEach((start, k) => {
          expect(areaUntil(ramps.segments, start)).toBeCloseTo(k + 1, 5);
        });
      }),
      { numRuns: 30 },
    );
  });

  test("a rate of 0 for the whole scenario makes no start", () => {
    expect(schedule(plan(ramping, [[5000, 0]]))).toHaveLength(0);
    expect(schedule(plan(constant, [[5000, 0]]))).toHaveLength(0);
  });

  test("a plan that no memory can hold is refused with its count", () => {
    expect(() => schedule(plan(constant, [[86_400_000, 1e6]]))).toThrow(/86400000000 iterations/);
  });
});

describe("random arrivals", () => {
  const steady = plan(constant, [[100_000, 100]], { kind: "poisson" });

  test("the same seed gives the same schedule, another seed another one", () => {
    expect(schedule(steady, 7, "main")).toEqual(schedule(steady, 7, "main"));
    expect(schedule(steady, 8, "main")).not.toEqual(schedule(steady, 7, "main"));
    expect(schedule(steady, 7, "other")).not.toEqual(schedule(steady, 7, "main"));
  });

  test.each([1, 2, 3, 4, 5])("Poisson gaps of seed %i are exponential (KS test at 1 %)", (seed) => {
    const starts = [...schedule(steady, seed)];
    const unit = gaps(starts).map((gap) => gap / 10);
    expect(distanceFromExponential(unit) * Math.sqrt(unit.length)).toBeLessThan(1.63);
  });

  test.each([1, 2, 3, 4, 5])(
    "over ramps, jumps and pauses, seed %i is exponential in the integral of the rate",
    (seed) => {
      const segments = [
        [20_000, 0, 200],
        [5000, 50],
        [3000, 0],
        [0, 0, 300],
        [20_000, 300, 0],
      ] as const;
      const uneven = plan(ramping, segments, { kind: "poisson" });
      const starts = [...schedule(uneven, seed)];
      const areas = starts.map((start) => areaUntil(uneven.segments, start));
      expect(distanceFromExponential(gaps(areas)) * Math.sqrt(areas.length)).toBeLessThan(1.63);
    },
  );

  test("the Poisson count of every segment is what its rate promises, whatever the seed", () => {
    const segments = [
      [1000, 30],
      [4000, 0, 50],
      [500, 1],
      [500, 1],
    ] as const;
    for (let seed = 0; seed < 50; seed += 1) {
      const starts = schedule(plan(ramping, segments, { kind: "poisson" }), seed);
      const counts = [
        starts.filter((at) => at <= 1000).length,
        starts.filter((at) => at > 1000 && at <= 5000).length,
      ];
      expect(counts).toEqual([30, 100]);
      expect(starts).toHaveLength(131);
    }
  });

  test("starts of different parts of a segment are independent: their counts vary as a Poisson's", () => {
    // Given 400 in all, the count in a tenth is binomial: mean 40, variance 36.
    const long = plan(constant, [[40_000, 10]], { kind: "poisson" });
    const counts = Array.from(
      { length: 400 },
      (_, seed) => schedule(long, seed).filter((at) => at < 4000).length,
    );
    const { mean, cv2 } = moments(counts);
    expect(Math.abs(mean - 40)).toBeLessThan(4 * Math.sqrt(36 / 400));
    expect(Math.abs((cv2 * mean * mean) / 36 - 1)).toBeLessThan(4 * Math.sqrt(2 / 400));
  });

  test.each([0.25, 0.5, 1, 3, 10])(
    "gamma gaps of burstiness %d have mean 1 / rate and squared variation 1 / burstiness",
    (burstiness) => {
      const bursty = plan(constant, [[1_000_000, 100]], { kind: "gamma", burstiness });
      const unit = gaps([...schedule(bursty, 42)]).map((gap) => gap / 10);
      const { mean, cv2 } = moments(unit);
      expect(Math.abs(mean - 1)).toBeLessThan(4 / Math.sqrt(burstiness * unit.length));
      expect(cv2 * burstiness).toBeGreaterThan(0.93);
      expect(cv2 * burstiness).toBeLessThan(1.07);
    },
  );

  test("gamma gaps of burstiness 1 are exponential", () => {
    const plain = plan(constant, [[100_000, 100]], { kind: "gamma", burstiness: 1 });
    const unit = gaps([...schedule(plain, 11)]).map((gap) => gap / 10);
    expect(distanceFromExponential(unit) * Math.sqrt(unit.length)).toBeLessThan(1.63);
  });
});

describe("every schedule", () => {
  test("never goes backwards and stays within the scenario", () => {
    fc.assert(
      fc.property(
        anySegments,
        anyArrival,
        fc.constantFrom(constant, ramping),
        fc.integer(),
        (segments, arrival, executor, seed) => {
          const end = segments.reduce((sum, [duration]) => sum + duration, 0);
          const starts = schedule(plan(executor, segments, arrival), seed);
          let before = 0;
          for (const start of starts) {
            if (!(start >= before && start <= end)) throw new Error(`${before}, then ${start}`);
            before = start;
          }
        },
      ),
    );
  });

  test("is the union of its shards: shard i has the iterations k with k mod n = i", () => {
    fc.assert(
      fc.property(
        anySegments,
        anyArrival,
        fc.integer({ min: 1, max: 7 }),
        (segments, arrival, n) => {
          const whole = schedule(plan(ramping, segments, arrival), 3);
          const union = new Float64Array(whole.length);
          for (let shard = 0; shard < n; shard += 1) {
            shardOf(whole, shard, n).forEach((start, j) => (union[shard + j * n] = start));
          }
          expect(union).toEqual(whole);
        },
      ),
    );
  });

  test("of a trace is the trace, cut at its duration", () => {
    const starts = schedule({
      executor: "trace",
      file: "trace.jsonl",
      fileHash: "",
      preAllocatedVUs: 1,
      maxVUs: 1,
      phase: "main",
      duration: 1000,
      starts: [0, 3, 3, 999.5, 1001],
    });
    expect([...starts]).toEqual([0, 3, 3, 999.5]);
  });
});
