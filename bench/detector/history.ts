/** Change points: false alarms of whole series of noise, against Otava's defaults; and the time. */
import { originNow, systemClock } from "../../src/core/clock.ts";
import { randomStream } from "../../src/core/random.ts";
import { changePoints } from "../../src/stats/change-points.ts";
import type { BenchRow, BenchTable } from "../table.ts";
import { otavaRule } from "./rival-rules.ts";
import { shown, tally } from "./tally.ts";

const SERIES = 300;

export function historyTable(): BenchTable {
  const rows: BenchRow[] = [];
  for (const phi of [0, 0.3, 0.6]) {
    for (const nights of [50, 100]) {
      const [ours, otava] = [tally(), tally()];
      for (let i = 0; i < SERIES; i += 1) {
        const noise = series({ nights, phi, seed: i, steps: [] });
        ours.add(changePoints(noise).length > 0);
        otava.add(otavaRule(noise).length > 0);
      }
      rows.push({
        phi,
        nights,
        "ours: series with an alarm": shown(ours),
        "Otava's": shown(otava),
      });
    }
  }
  return {
    title: `Change points in ${SERIES} series of pure noise`,
    rows,
    notes: [
      `1,000 nights with three real changes take ${timeOfThousand().toFixed(0)} ms (aim: under 1 s)`,
    ],
  };
}

function timeOfThousand(): number {
  const clock = systemClock(originNow());
  const values = series({ nights: 1000, phi: 0.3, seed: 1, steps: [200, 500, 800] });
  changePoints(values);
  const begun = clock.now();
  changePoints(values);
  return clock.now() - begun;
}

interface SeriesOptions {
  readonly nights: number;
  readonly phi: number;
  readonly seed: number;
  /** Indices at which the level rises by five standard deviations. */
  readonly steps: readonly number[];
}

function series({ nights, phi, seed, steps }: SeriesOptions): number[] {
  const random = randomStream("history", seed, phi, nights);
  let last = random.normal();
  return Array.from({ length: nights }, (_, i) => {
    last = phi * last + Math.sqrt(1 - phi * phi) * random.normal();
    return last + 5 * steps.filter((at) => i >= at).length;
  });
}
