/** Every metric name of a report leads to its definition at the end. */
import { findMetric, metrics, type Metric } from "../../core/metrics.ts";
import { findSeries, seriesRows, type SeriesRow } from "../../core/telemetry.ts";
import type { Cell, Section } from "./blocks.ts";

/** The link and the tooltip of the name of a metric or a sampler series; nothing for other names. */
export function glossaryLink(name: string): Partial<Pick<Cell, "href" | "title">> {
  const found = findMetric(name) ?? findSeries(name);
  return found === undefined ? {} : { href: `#metric-${name}`, title: found.title };
}

/** A heading that leads to the definition of what is below it. */
export function linked(text: string, name: string): { readonly text: string; href: string } {
  return { text, href: glossaryLink(name).href ?? "" };
}

const direction: Readonly<Record<Metric["better"], string>> = {
  lower: "lower is better",
  higher: "higher is better",
  neither: "describes the work",
};

/** One entry a row of core/metrics.ts: of all metrics and sampler series, or only of those shown. */
export function glossarySection(shown?: ReadonlySet<string>): Section {
  const isShown = ([name]: readonly [string, unknown]): boolean => shown?.has(name) ?? true;
  const entries = Object.entries<Metric>(metrics)
    .filter(isShown)
    .map(([name, metric]) => ({
      id: `metric-${name}`,
      name,
      title: metric.title,
      detail: [metric.unit, direction[metric.better]].join(", "),
    }));
  const telemetry = Object.entries<SeriesRow>(seriesRows)
    .filter(isShown)
    .map(([name, row]) => ({
      id: `metric-${name}`,
      name,
      title: row.title,
      detail: [row.unit, row.kind === "gauge" ? "sampled" : "a counter, sampled"]
        .filter((part) => part !== "1")
        .join(", "),
    }));
  const intro =
    "One line for each metric; formulas, exclusions and sources are in docs/metrics.md of Plimsoll. " +
    "Percentiles are exact, with linear interpolation, unless a warning says otherwise.";
  const blocks = [{ partial: "glossary", entries: [...entries, ...telemetry] } as const];
  return { id: "glossary", title: "What the numbers mean", intro, blocks };
}
