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
 * server's own names those that end as Prometheus wants counters to end are counters.
 */
export function seriesFacts(name: string): SeriesFacts {
  const known = findSeries(name);
  if (known !== undefined) return { kind: known.kind, unit: known.unit };
  const own = findMetric(name);
  if (own !== undefined) return { kind: "gauge", unit: own.unit };
  return { kind: /_(total|sum|count|bucket)$/.test(name) ? "counter" : "gauge" };
}
