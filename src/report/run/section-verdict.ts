/** The top of the report: can we ship this, and by how much. */
import type { MetricName } from "../../core/metrics.ts";
import type { MetricSummary } from "../../judge/metric-summaries.ts";
import type { SloLimitSummary, ThresholdResult } from "../../judge/outcome-summaries.ts";
import type { Summary } from "../../judge/summary.ts";
import { cell, numberCell, table, valueCell, type Cell, type Gauge } from "../page/blocks.ts";
import type { Block, Section, TilesBlock } from "../page/blocks.ts";
import { glossaryLink } from "../page/glossary.ts";
import { measuredLabel, metricLabel } from "../text/metric-labels.ts";
import {
  counted,
  limitText,
  parts,
  percent,
  quantity,
  rangeText,
  whole,
} from "../text/quantity.ts";
import type { ReportInput } from "../page/report-input.ts";
import type { Tone } from "../text/verdict-words.ts";

/** The bar of a value against its limit; null where a bar cannot show it (limits of 0 or less). */
function gauge(value: number | undefined, limit: number, ok: boolean): Gauge | null {
  if (value === undefined || limit <= 0 || value < 0) return null;
  const width = Math.max(value, limit) * 1.06;
  const inPercent = (part: number): string => ((100 * part) / width).toFixed(2);
  return {
    fill: inPercent(value),
    limit: inPercent(limit),
    tone: ok ? "pass" : "fail",
    label: `${percent(value / limit)} of the limit`,
  };
}

/** How far from the limit, in its own terms: `79 % below`. */
function margin(value: number | undefined, limit: number): string | undefined {
  if (value === undefined || limit === 0) return undefined;
  const share = (value - limit) / Math.abs(limit);
  if (share === 0) return "at the limit";
  return `${percent(Math.abs(share))} ${share < 0 ? "below" : "above"}`;
}

function statusCell(threshold: ThresholdResult): Cell {
  const words: Readonly<Record<ThresholdResult["status"], [string, Tone]>> = {
    passed: ["✔ holds", "pass"],
    failed: ["✘ failed", "fail"],
    no_data: ["– no data", threshold.ok ? "neutral" : "fail"],
  };
  const [text, tone] = words[threshold.status];
  return cell(text, { tone });
}

type Intervals = NonNullable<ReportInput["intervals"]>;

/** `[128 ms, 141 ms]`: how sure this run is of it; thresholds on parts of a run have none. */
function intervalText(
  { metric, selector, source, unit }: ThresholdResult,
  intervals: Intervals,
): string {
  if (Object.keys(selector).length > 0) return "";
  const found = intervals.find((one) => one.metric === metric && one.source === source);
  return found === undefined ? "" : rangeText(found.low, found.high, unit);
}

function thresholdRow(threshold: ThresholdResult, intervals: Intervals): readonly Cell[] {
  const { value, limit, unit, operator, absent = "no data" } = threshold;
  return [
    statusCell(threshold),
    cell(threshold.key, {
      mono: true,
      below: threshold.source,
      ...glossaryLink(threshold.metric),
    }),
    { ...valueCell(value, unit, absent), below: intervalText(threshold, intervals) },
    numberCell(`${operator} ${limitText(limit, unit)}`),
    numberCell(margin(value, limit), "no margin can be given"),
    cell("", { gauge: gauge(value, limit, threshold.ok) }),
  ];
}

function sloRow(limit: SloLimitSummary): readonly Cell[] {
  return [
    cell(metricLabel(limit.metric), glossaryLink(limit.metric)),
    numberCell(`≤ ${limitText(limit.limit, "ms")}`),
    valueCell(limit.share, "ratio", "no requests were judged"),
    valueCell(limit.p95, "ms", "no data"),
    cell("", { gauge: gauge(limit.p95, limit.limit, (limit.p95 ?? 0) <= limit.limit) }),
  ];
}

function sloTable({ slo }: Summary): readonly Block[] {
  if (slo.limits.length === 0) return [];
  const { share, met, requests } = slo;
  const all =
    share === undefined || met === undefined || requests === undefined
      ? "No requests were judged."
      : `${percent(share)} of the requests (${whole(met)} of ${whole(requests)}) met every limit; failed ones meet none.`;
  const headings = ["each request", "#limit", "#requests within", "#p95", "p95 against the limit"];
  return [
    table(headings, slo.limits.map(sloRow), { title: "Service-level objective", caption: all }),
  ];
}

/** Thresholds and the SLO; left out when the scenario sets neither. */
export function limitsSection({ summary, intervals = [] }: ReportInput): Section | undefined {
  const { thresholds } = summary;
  const headings = ["", "threshold", "#measured", "#limit", "#margin", "against the limit"];
  const rows = thresholds.map((one) => thresholdRow(one, intervals));
  const caption =
    intervals.length === 0
      ? ""
      : "In brackets: the 90 % interval from this run alone; other runs may differ by more.";
  const blocks: readonly Block[] = [
    ...(rows.length > 0 ? [table(headings, rows, { title: "Thresholds", caption })] : []),
    ...sloTable(summary),
  ];
  if (blocks.length === 0) return undefined;
  return { id: "limits", title: "Limits", intro: "", blocks };
}

type Tile = TilesBlock["tiles"][number];

/** One headline number with what stands behind it; red only when a threshold on it failed. */
function tile(summary: Summary, name: MetricName, found: MetricSummary): Tile {
  const broken = summary.thresholds.some((one) => one.metric === name && !one.ok);
  const label = measuredLabel(name, found);
  const make = (value: number, note: string): Tile => ({
    label: found.kind === "trend" ? `${label}, p95` : label,
    href: glossaryLink(name).href ?? "",
    ...parts(value, found.unit),
    note,
    tone: broken ? "fail" : "",
  });
  switch (found.kind) {
    case "trend": {
      const note = `p50 ${quantity(found.p50, found.unit)} · p99 ${quantity(found.p99, found.unit)}`;
      return make(found.p95, note);
    }
    case "rate": {
      const of = name === "checks" ? whole(found.count) : counted(found.count, "request");
      return make(found.rate, `${whole(found.passes)} of ${of}`);
    }
    case "counter": {
      const note = found.rate === undefined ? "" : quantity(found.rate, "1/s");
      return { ...make(found.count, note), unit: "" };
    }
    case "gauge":
      return make(found.value, gaugeNote(summary, name));
  }
}

function gaugeNote({ rates, slo }: Summary, name: MetricName): string {
  if (name === "goodput" && slo.share !== undefined) return `${percent(slo.share)} within the SLO`;
  if (name === "output_tokens_per_second" && rates.inFlightMean !== undefined) {
    return `${rates.inFlightMean.toFixed(1)} requests in flight`;
  }
  return "";
}

/** Shown even when judge does not lead with them: without these two no latency means anything. */
const ALWAYS = ["output_tokens_per_second", "goodput", "requests", "request_failed"] as const;

/** The metrics of the headline, then throughput and failures; only those with data. */
export function headlineNames({ headline, metrics }: Summary): Summary["headline"] {
  return [...new Set([...headline, ...ALWAYS])].filter((name) => metrics[name] !== undefined);
}

/** The numbers at the top, eight at most. */
export function keyNumbers(summary: Summary): TilesBlock {
  const tiles = headlineNames(summary).flatMap((name) => {
    const found = summary.metrics[name];
    return found === undefined ? [] : [tile(summary, name, found)];
  });
  return { partial: "tiles", tiles: tiles.slice(0, 8) };
}
