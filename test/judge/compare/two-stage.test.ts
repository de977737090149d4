/** The detector on simulated nights; `npm run bench:detector` does the same at length. */
import { describe, expect, it } from "vitest";
import {
  sessionsFor,
  noiseLevels,
  requestNoise,
  runsOf,
} from "../../../bench/detector/sessions.ts";
import { twoStage } from "../../../bench/detector/two-stage.ts";
import { randomStream } from "../../../src/core/random.ts";

const METRICS = 6;
const pool = requestNoise(1000);

/** Regressions called on each metric in so many nights, of which the first metric is slowed. */
function called(nights: number, slowdown: number): number[] {
  const noise = noiseLevels[1]!;
  const counts = new Array<number>(METRICS).fill(0);
  for (let night = 0; night < nights; night += 1) {
    const random = randomStream("test", slowdown, night);
    const next = sessionsFor({ noise, pool, random, metrics: METRICS });
    const history = Array.from({ length: 20 }, () => runsOf(next(), 5));
    const tonight = next();
    const slow = (run: number[]) => run.map((y, i) => (i === 0 ? y + Math.log1p(slowdown) : y));
    const { regression } = twoStage({
      history,
      tonight: runsOf(tonight, 5).map(slow),
      pair: () => [tonight.run(), slow(tonight.run())],
    });
    regression.forEach((flag, i) => (counts[i]! += flag ? 1 : 0));
  }
  return counts;
}

describe("screen and pairs together, under typical noise", () => {
  it("cry wolf on less than 1 % of metric-nights", () => {
    const alarms = called(80, 0).reduce((sum, count) => sum + count, 0);
    expect(alarms / (80 * METRICS)).toBeLessThan(0.01);
  });

  it("find a slowdown of 10 % in more than 90 % of nights, and only where it is", () => {
    const [found, ...others] = called(40, 0.1);
    expect(found! / 40).toBeGreaterThan(0.9);
    expect(others.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(2);
  });
});
