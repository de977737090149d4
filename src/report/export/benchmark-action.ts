/**
 * What github-action-benchmark reads with `tool: customSmallerIsBetter` and `customBiggerIsBetter`:
 * an array of `{ name, unit, value, range?, extra? }`. A file has one direction, so there are two.
 * The action compares single values and knows no noise; `plimsoll compare` does.
 */
import type { MetricSummary } from "../../judge/metric-summaries.ts";
import type { Summary } from "../../judge/summary.ts";
import { singleValue } from "../text/single-value.ts";

interface Entry {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly range?: string;
  readonly extra: string;
}

type Direction = MetricSummary["better"];

export function renderSmallerIsBetter(summary: Summary): string {
  return entriesText(summary, "lower");
}

export function renderBiggerIsBetter(summary: Summary): string {
  return entriesText(summary, "higher");
}

function entriesText(summary: Summary, direction: Direction): string {
  const wanted = new Set<string>([...summary.headline, "output_tokens_per_second", "goodput"]);
  const entries = Object.entries(summary.metrics)
    .filter(([name, metric]) => wanted.has(name) && metric.better === direction)
    .flatMap(([name, metric]) => entriesOf(`${summary.run.name}/${name}`, metric, summary));
  return `${JSON.stringify(entries, null, 2)}\n`;
}

const SHOWN = ["p50", "p95", "p99"] as const;

function entriesOf(name: string, metric: MetricSummary, { run }: Summary): readonly Entry[] {
  const { unit } = metric;
  const extra = `run ${run.id}`;
  if (metric.kind === "trend") {
    return SHOWN.map((p) => ({
      name: `${name}/${p}`,
      unit,
      value: metric[p],
      extra: `${extra}, ${metric.count} values`,
    }));
  }
  const value = singleValue(metric);
  return [{ name, unit, value, extra }];
}
