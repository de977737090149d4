/** What is known of a telemetry series by its name. */
import { findMetric } from "../../core/metrics.ts";
import { findSeries, type SeriesKind } from "../../core/telemetry.ts";

export interface SeriesFacts {
  readonly kind: SeriesKind;
  /** Absent for a series that a server named itself. */
  readonly unit?: string;
}

/**
 * The row of core/telemetry.ts, else that of core/metrics.ts (our own health is sampled too). Of a
 * server's own names those are counters that its page says are; where no page said anything, those
 * that end as Prometheus wants counters to end.
 *
 * @param counters as its source line has them
 */
export function seriesFacts(name: string, counters?: ReadonlySet<string>): SeriesFacts {
  const known = findSeries(name);
  if (known !== undefined) return { kind: known.kind, unit: known.unit };
  const own = findMetric(name);
  if (own !== undefined) return { kind: "gauge", unit: own.unit };
  if (counters !== undefined) return { kind: counters.has(name) ? "counter" : "gauge" };
  return { kind: /_(total|sum|count|bucket)$/.test(name) ? "counter" : "gauge" };
}
