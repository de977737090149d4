/** Counters among the telemetry series: how much each grew over the measured windows. */
import { lengthOf } from "../collect/spans.ts";
import { present } from "../../core/present.ts";
import type { CounterSeriesSummary } from "../telemetry-summaries.ts";
import { counterDelta } from "./counter-delta.ts";
import type { Readings } from "./levels.ts";

export function counterSummaries(readings: Readings): readonly CounterSeriesSummary[] {
  const { samples, windows, restarts } = readings;
  const ms = lengthOf(windows);
  const counters = samples.all().filter((series) => samples.factsOf(series).kind === "counter");
  return counters.map((series) => {
    const { metric, source, at } = series;
    const facts = { metric, source, ...present({ unit: samples.factsOf(series).unit }) };
    const found = counterDelta(series, windows, restarts(source));
    if ("absent" in found) return { ...facts, count: at.length, absent: found.absent };
    const { delta } = found;
    return { ...facts, count: at.length, delta, rate: (delta / ms) * 1000 };
  });
}
