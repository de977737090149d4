import { describe, expect, it } from "vitest";
import { randomStream } from "../../../src/core/random.ts";
import { designEffect } from "../../../src/judge/capacity/design-effect.ts";
import { estimateOf, searchState } from "../../../src/judge/capacity/search.ts";
import { moreNeeded } from "../../../src/judge/capacity/belief.ts";
import type { Answer, SearchLimits } from "../../../src/judge/capacity/answer.ts";

const limits: SearchLimits = { start: 4, share: 0.99, tolerance: 0.03, least: 0.5, most: 4096 };

function answer(load: number, good: number, changes: Partial<Answer> = {}): Answer {
  return { load, count: 1000, good: 1000 * good, effect: 1, refused: false, ...changes };
}

/** Which of `count` requests wait at most `limit` in an M/M/c queue; a fifth more to begin with. */
function queue(
  { servers, rate, limit }: { servers: number; rate: number; limit: number },
  count: number,
  random: ReturnType<typeof randomStream>,
): boolean[] {
  const free = Array.from({ length: servers }, () => 0);
  let now = 0;
  const waits = Array.from({ length: Math.round(1.2 * count) }, () => {
    now += random.exponential() / rate;
    const first = free.indexOf(Math.min(...free));
    const start = Math.max(now, free[first] ?? 0);
    free[first] = start + random.exponential();
    return start - now;
  });
  return waits.slice(-count).map((wait) => wait <= limit);
}

function search(servers: number, limit: number, share: number, seed: number): [number, number] {
  const random = randomStream("capacity", String(seed));
  const answers: Answer[] = [];
  for (;;) {
    const state = searchState(answers, { ...limits, start: servers / 6, share });
    if (state.kind !== "next" || answers.length === 12) break;
    const good = queue({ servers, rate: state.load, limit }, 4000, random);
    const met = good.filter(Boolean).length;
    const refused = (4000 - met) / 4000 > 8 * (1 - share);
    const effect = designEffect(good);
    answers.push({ load: state.load, count: 4000, good: met, effect, refused });
  }
  return [estimateOf(answers, { share })?.capacity ?? NaN, answers.length];
}

/** Erlang C: P(wait > t) = C(c, a) exp(-(c - a) t) with unit service; solved for the rate. */
function trueCapacity(servers: number, limit: number, share: number): number {
  const late = (a: number): number => {
    let [term, sum] = [1, 1];
    for (let k = 1; k < servers; k += 1) {
      term *= a / k;
      sum += term;
    }
    const last = (term * a) / servers / (1 - a / servers);
    return (last / (sum + last)) * Math.exp(-(servers - a) * limit);
  };
  let [low, high] = [0, servers];
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (late(middle) > 1 - share) high = middle;
    else low = middle;
  }
  return low;
}

describe("the search for the capacity", () => {
  it("begins where it is told, and doubles while the load holds", () => {
    expect(searchState([], limits)).toEqual({ kind: "next", load: 4 });
    expect(searchState([answer(4, 1)], limits)).toEqual({ kind: "next", load: 8 });
    expect(searchState([answer(4, 1), answer(8, 1)], limits)).toEqual({ kind: "next", load: 16 });
  });

  it("halves while it does not", () => {
    expect(searchState([answer(4, 0.2)], limits)).toEqual({ kind: "next", load: 2 });
  });

  it("says that not even the least load holds, or that the most does", () => {
    expect(searchState([answer(0.5, 0)], limits)).toEqual({ kind: "below", load: 0.5 });
    expect(searchState([answer(4096, 1)], limits)).toEqual({ kind: "above", load: 4096 });
  });

  it("looks between the highest that held and the lowest that did not", () => {
    const state = searchState([answer(4, 1), answer(8, 0.3)], limits);
    expect(state.kind).toBe("next");
    if (state.kind !== "next") return;
    expect(state.load).toBeGreaterThan(4);
    expect(state.load).toBeLessThan(8);
  });

  it("goes on where it was: the state follows from the answers alone, whatever their order", () => {
    const answers = [answer(4, 1), answer(8, 0.3), answer(5.5, 0.995), answer(6.5, 0.97)];
    const forwards = searchState(answers, limits);
    const backwards = searchState([...answers].reverse(), limits);
    expect(backwards).toEqual(forwards);
  });

  it("looks further out when a load above the refused one held", () => {
    const refused = answer(2.7, 0.75, { count: 16, good: 12, refused: true });
    const answers = [refused, answer(2.4, 1), answer(3, 1), answer(3.5, 1), answer(4.2, 1)];
    const state = searchState(answers, limits);
    expect(state.kind).toBe("next");
    if (state.kind === "next") expect(state.load).toBeGreaterThan(5);
  });

  it("asks again what a single answer says, before it believes it", () => {
    const refused = answer(6, 0.4, { refused: true });
    const held = [3, 4, 5, 5.5].map((load) => answer(load, 1));
    expect(searchState([refused, ...held], limits)).toEqual({ kind: "next", load: 6 });
    expect(searchState([refused, refused, ...held], limits)).not.toMatchObject({ load: 6 });
    const now = searchState([refused, ...held, answer(6, 1)], limits);
    expect(now.kind).toBe("next");
    // It was wrong: the edge lies further out, and 6 need not be asked a third time.
    if (now.kind === "next") expect(now.load).toBeGreaterThan(6);
  });

  it("is not thrown off by one wrong answer", () => {
    const honest = [answer(4, 1), answer(8, 0.4), answer(6, 0.96), answer(5, 0.995)];
    const more = [answer(5.3, 0.991), answer(5.5, 0.988), answer(5.4, 0.99)];
    const wrong = answer(4.5, 0.97, { effect: 8 });
    const estimate = estimateOf([...honest, ...more, wrong], { share: 0.99 });
    expect(estimate?.capacity).toBeGreaterThan(4.75);
  });

  it.each([
    [4, 2, 0.99],
    [16, 1, 0.99],
    [8, 2, 0.95],
  ])(
    "finds the capacity of a queue with %i servers within 8 %% in 12 levels, and on average within 3 %%",
    (servers, limit, share) => {
      const truth = trueCapacity(servers, limit, share);
      const found = Array.from({ length: 6 }, (_, seed) => search(servers, limit, share, seed));
      for (const [capacity, steps] of found) {
        expect(Math.abs(capacity / truth - 1)).toBeLessThan(0.08);
        expect(steps).toBeLessThanOrEqual(12);
      }
      const mean = found.reduce((sum, [capacity]) => sum + capacity, 0) / found.length;
      expect(Math.abs(mean / truth - 1)).toBeLessThan(0.03);
    },
  );
});

describe("a level that was overloaded though every request was good", () => {
  const served = (perSecond: number) => ({ served: { perSecond, seconds: 60 } });
  const capacityOf = (answers: readonly Answer[]) => estimateOf(answers, { share: 0.99 })!.capacity;
  const others = [answer(30, 1, served(30)), answer(90, 0, { refused: true, ...served(44) })];

  it("bounds the capacity by what ended", () => {
    const held = answer(50, 1, served(50));
    const overloaded = answer(50, 1, served(44));
    expect(capacityOf([...others, held])).toBeGreaterThan(50);
    expect(capacityOf([...others, overloaded])).toBeLessThan(48);
  });

  it("says nothing where it was far beyond: a server may do worse there than at its best", () => {
    const before = [answer(30, 1), answer(60, 0, { refused: true })];
    const thrashing = [answer(30, 1), answer(60, 0, { refused: true, ...served(20) })];
    expect(capacityOf(thrashing)).toBe(capacityOf(before));
  });
});

describe("an overload that a level is too short to show", () => {
  const lasting = (seconds: number) =>
    [answer(4, 1), answer(8, 0.3), answer(5.4, 0.992), answer(5.6, 0.985)].map((one) => ({
      ...one,
      served: { perSecond: one.load, seconds },
    }));
  const ends = (seconds: number, wait: number) =>
    estimateOf(lasting(seconds), { share: 0.99, wait })!;

  it("lowers the lower end by twice the wait that the SLO allows over the level's length", () => {
    const [short, long, endless] = [ends(60, 0.6), ends(600, 0.6), ends(1e9, 0.6)];
    expect(endless.low / short.low).toBeCloseTo(1.02, 6);
    expect(endless.low / long.low).toBeCloseTo(1.002, 6);
    expect(short).toMatchObject({ capacity: endless.capacity, high: endless.high });
  });

  it("but by no more than what would have shown in the number that ended", () => {
    const patient = ends(60, 30);
    const most = 2 / Math.sqrt(60 * patient.capacity);
    expect(ends(1e9, 30).low / patient.low).toBeCloseTo(1 + most, 4);
  });
});

describe("an SLO that lets requests wait", () => {
  it("makes the edge steep before anything was measured near it, so that less is possible", () => {
    const far = [answer(4, 1), answer(8, 0.3, { refused: true })];
    const width = (wait: number) => {
      const { low, high } = estimateOf(far, { share: 0.99, wait })!;
      return high / low;
    };
    expect(width(10)).toBeLessThan(width(0.5));
  });

  it("leaves nothing out of reach: steep edges far from all loads are numbers too", () => {
    const estimate = estimateOf([answer(1, 1), answer(1000, 0)], { share: 0.99, wait: 60 })!;
    expect(estimate.low).toBeGreaterThan(0.5);
    expect(estimate.high).toBeLessThan(1500);
    expect(estimate.capacity).toBeGreaterThan(estimate.low);
  });
});

describe("a level whose warm-up was too short", () => {
  it("says less than one that was warm", () => {
    const others = [answer(4, 1), answer(5, 0.999), answer(8, 0.3), answer(6, 0.97)];
    const cold = answer(4.5, 0.93);
    const capacityOf = (answers: readonly Answer[]) =>
      estimateOf(answers, { share: 0.99 })!.capacity;
    const [without, full, little] = [
      capacityOf(others),
      capacityOf([...others, cold]),
      capacityOf([...others, { ...cold, trust: 0.1 }]),
    ];
    expect(full).toBeLessThan(little);
    expect(little).toBeLessThanOrEqual(without);
  });
});

describe("the advice to look longer", () => {
  it("asks for four times as much to halve what requests can narrow, and for no less than there was", () => {
    // 2 % on either end stay: of 6 % they are to leave 4 % instead of 2 %.
    expect(moreNeeded({ capacity: 100, low: 94, high: 106 }, 0.04)).toBeCloseTo(3.96, 2);
    expect(moreNeeded({ capacity: 100, low: 99, high: 101 }, 0.04)).toBe(1);
  });

  it("asks for nothing where no number of requests would do", () => {
    expect(moreNeeded({ capacity: 100, low: 97, high: 103 }, 0.01)).toBe(Infinity);
  });
});

describe("the design effect", () => {
  it("is about 1 for independent answers, and large where bad ones come in rows", () => {
    const random = randomStream("design", "effect");
    const independent = Array.from({ length: 10_000 }, () => random.next() < 0.9);
    expect(designEffect(independent)).toBeLessThan(2.5);
    const rows = Array.from({ length: 10_000 }, (_, i) => Math.floor(i / 500) % 10 !== 3);
    expect(designEffect(rows)).toBeGreaterThan(50);
  });

  it("is 1 where all were good, or hardly any were asked", () => {
    expect(designEffect(Array.from({ length: 1000 }, () => true))).toBe(1);
    expect(designEffect([true, false])).toBe(1);
  });
});
