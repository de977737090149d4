/** The series of a scenario's own mapping: `metrics: { server_waiting: "inference_queue_depth" }`. */
import type { MetricMapping, MetricPlace } from "../../core/metric-mapping.ts";
import type { PageSample } from "./prometheus-text.ts";
import type { Values } from "./read-names.ts";

export interface MappedSeries {
  readonly values: Values;
  /** Absent when everything was found. */
  readonly missing?: Readonly<Record<string, string>>;
}

/** Samples of one name are summed over their labels, or over those that have the labels given. */
export function mappedSeries(mapping: MetricMapping, samples: readonly PageSample[]): MappedSeries {
  const values: Values = {};
  const missing: Record<string, string> = {};
  for (const [series, place] of Object.entries(mapping)) {
    const found = samples.filter((sample) => isMeant(sample, place));
    const sum = found.reduce((all, { value }) => all + value, 0) * (place.factor ?? 1);
    if (found.length === 0) missing[series] = `the server's page has no ${placeText(place)}`;
    else if (Number.isFinite(sum)) values[series] = sum;
  }
  return { values, ...(Object.keys(missing).length > 0 && { missing }) };
}

function isMeant({ name, labels }: PageSample, place: MetricPlace): boolean {
  return (
    name === place.name &&
    Object.entries(place.labels ?? {}).every(([label, value]) => labels[label] === value)
  );
}

function placeText({ name, labels = {} }: MetricPlace): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}
