/** The level of one side, with what is known of its noise. */
import { mean } from "../../stats/moments.ts";
import { moderate, pooledVariance } from "../../stats/t-test.ts";
import { tQuantile } from "../../stats/student-t.ts";
import { sessionsOf } from "./choose-test.ts";
import { plain, type Scale } from "./scale.ts";
import type { Level, NoisePrior, RunEstimate } from "./types.ts";

/** @returns undefined without runs */
export function levelOf(
  runs: readonly RunEstimate[],
  scale: Scale,
  alpha: number,
  prior?: NoisePrior,
): Level | undefined {
  if (runs.length === 0) return undefined;
  const sessions = sessionsOf(runs, scale);
  const units =
    sessions.size >= 3
      ? [...sessions.values()].map((values) => mean(values))
      : [...sessions.values()].flat();
  const own = pooledVariance([units]);
  const known = prior && { variance: prior.run.sd ** 2, df: prior.run.df };
  const { variance, df } = moderate(own, known);
  const counts = { runs: runs.length, sessions: sessions.size };
  const center = mean(units);
  if (df === 0) return { value: scale.from(center), ...counts };
  const reach = variance === 0 ? 0 : tQuantile(1 - alpha, df) * Math.sqrt(variance / units.length);
  const interval = { value: center, low: center - reach, high: center + reach };
  return { ...plain((x) => scale.from(x), interval), ...counts };
}
