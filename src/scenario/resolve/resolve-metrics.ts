/** `metrics` as written -> plan: where a service's page has what we call by our names. */
import type { MetricMapping } from "../../core/metric-mapping.ts";
import { seriesRows } from "../../core/telemetry.ts";
import type { Plan } from "../plan.ts";
import { suggestName } from "../nearest.ts";
import type { ParsedOptions } from "./options-schema.ts";
import { invalid } from "./validate.ts";

/** Series that a server tells of itself. */
const KNOWN = Object.keys(seriesRows).filter((name) => name.startsWith("server_"));

/**
 * Nothing where nothing is mapped: such plans keep their hash.
 *
 * @throws usage error for a name that is no series of a server
 */
export function resolveMetrics(written: ParsedOptions["metrics"]): Pick<Plan, "metrics"> {
  const entries = Object.entries(written);
  const unknown = entries.filter(([series]) => !KNOWN.includes(series));
  if (unknown.length > 0)
    throw invalid(
      unknown.map(([series]) => ({
        place: `options.metrics.${series}`,
        message: `there is no such series of a server; ${suggestName(series, KNOWN)}`,
      })),
    );
  if (entries.length === 0) return {};
  const places = entries.map(([series, place]) => [series, withoutAbsent(place)]);
  return { metrics: Object.fromEntries(places) as MetricMapping };
}

function withoutAbsent(place: object): object {
  return Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined));
}
