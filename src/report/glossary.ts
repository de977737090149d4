/** Every metric name of a report leads to its definition at the end. */
import { findMetric, metrics, type Metric } from "../core/metrics.ts";
import type { Cell, Section } from "./blocks.ts";

/** The link and the tooltip of a metric's name; nothing for telemetry, which has no entry. */
export function glossaryLink(name: string): Partial<Pick<Cell, "href" | "title">> {
  const found = findMetric(name);
  return found === undefined ? {} : { href: `#metric-${name}`, title: found.title };
}

const direction: Readonly<Record<Metric["better"], string>> = {
  lower: "lower is better",
  higher: "higher is better",
  neither: "describes the work",
};

/** One entry a row of core/metrics.ts. */
export function glossarySection(): Section {
  const entries = Object.entries<Metric>(metrics).map(([name, metric]) => ({
    id: `metric-${name}`,
    name,
    title: metric.title,
    detail: [metric.unit, direction[metric.better]].join(", "),
  }));
  const intro =
    "One line for each metric; formulas, exclusions and sources are in docs/metrics.md of Plimsoll. " +
    "Percentiles are exact, with linear interpolation, unless a warning says otherwise.";
  const blocks = [{ partial: "glossary", entries } as const];
  return { id: "glossary", title: "What the numbers mean", intro, blocks };
}
