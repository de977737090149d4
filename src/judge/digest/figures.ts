/**
 * The figures by which runs are compared: each is one number of a run, with how sure the run is of
 * it. The numbers are those of its summary; the standard errors come from its windows.
 */
import type { MetricName } from "../../core/metrics.ts";
import { told } from "../machine/usage.ts";
import type { MetricSummary, TrendSummary } from "../metric-summaries.ts";
import type { Summary } from "../summary.ts";
import { paceSpread, quantileSpread, shareSpread, type Spread } from "./window-spread.ts";
import { windowMetrics, type WindowMetric, type Windows } from "./windows.ts";

export interface Figure {
  readonly value: number;
  /** Standard error within the run: of log(value), for shares of the value. */
  readonly se?: number;
  /** Number of independent values that would be as sure. */
  readonly effective?: number;
  /** Values behind it; for shares, requests. */
  readonly count?: number;
  /** Shares only: how many of `count`. */
  readonly passes?: number;
}

/** By id: `ttft p95`, `output_tokens_per_second`. */
export type Figures = Readonly<Record<string, Figure>>;

const QUANTILES = [50, 90, 95, 99] as const;
type Quantile = (typeof QUANTILES)[number];

const TRENDS: readonly MetricName[] = [
  "ttft_scheduled",
  "ttft",
  "e2e_scheduled",
  "e2e",
  "itl",
  "tpot",
  "ttfa",
  "server_queue",
];

/** What a trend without histograms of its own borrows its standard error from: nearly the same. */
const DRAWN_AS: Readonly<Record<string, WindowMetric>> = {
  e2e_scheduled: "e2e",
  ttfa: "ttft",
};

/** The id of a figure. */
export function figureId(metric: string, p?: number): string {
  return p === undefined ? metric : `${metric} p${p}`;
}

/** Only those that the run has data for. */
export function figuresOf(summary: Summary, windows: Windows): Figures {
  const all: [string, Figure | undefined][] = [
    ...TRENDS.flatMap((metric) => quantiles(summary, metric, windows)),
    ["output_tokens_per_second", gauge(summary, "output_tokens_per_second", windows)],
    ["goodput", gauge(summary, "goodput", windows)],
    ["requests", requestRate(summary, windows)],
    ["request_failed", share(summary, "request_failed", windows)],
    ["slo_met", share(summary, "slo_met", windows)],
    ["recovery_time", recovery(summary)],
    ["energy_per_token", energyPerToken(summary)],
    ["gpu_memory_used", highest(summary, "gpu_memory_used")],
    ["server_rss", highest(summary, "server_rss")],
  ];
  const known = all.filter((entry): entry is [string, Figure] => entry[1] !== undefined);
  return Object.fromEntries(known.map(([id, figure]) => [id, rounded(figure)]));
}

function quantiles(
  { metrics }: Summary,
  metric: MetricName,
  windows: Windows,
): [string, Figure | undefined][] {
  const found = metrics[metric];
  if (found?.kind !== "trend") return [];
  const drawn = windowMetrics.find((one) => one === (DRAWN_AS[metric] ?? metric));
  return QUANTILES.map((p) => {
    const spread = drawn === undefined ? undefined : quantileSpread(windows, drawn, p / 100);
    const value = quantileOf(found, p);
    const figure = Number.isFinite(value) ? { value, ...spread, count: found.count } : undefined;
    return [figureId(metric, p), figure];
  });
}

function quantileOf(trend: TrendSummary, p: Quantile): number {
  return { 50: trend.p50, 90: trend.p90, 95: trend.p95, 99: trend.p99 }[p];
}

const PACES = { output_tokens_per_second: "tokens", goodput: "sloMet" } as const;

function gauge(
  { metrics, census }: Summary,
  metric: keyof typeof PACES,
  windows: Windows,
): Figure | undefined {
  const found = metrics[metric];
  if (found?.kind !== "gauge" || found.value <= 0) return undefined;
  const count = census.measuredRequests.total;
  return { value: found.value, ...paceSpread(windows, PACES[metric]), count };
}

function requestRate({ metrics }: Summary, windows: Windows): Figure | undefined {
  const found = metrics.requests;
  if (found?.kind !== "counter" || found.rate === undefined || found.rate <= 0) return undefined;
  return { value: found.rate, ...paceSpread(windows, "ended"), count: found.count };
}

const SHARES = { request_failed: "failed", slo_met: "sloMet" } as const;

function share(
  { metrics }: Summary,
  metric: keyof typeof SHARES,
  windows: Windows,
): Figure | undefined {
  const found: MetricSummary | undefined = metrics[metric];
  if (found?.kind !== "rate") return undefined;
  const { rate: value, count, passes } = found;
  return { value, ...shareSpread(windows, SHARES[metric]), count, passes };
}

function recovery({ metrics }: Summary): Figure | undefined {
  const found = metrics.recovery_time;
  return found?.kind === "gauge" ? { value: found.value } : undefined;
}

/** J for each output token, gross: of the devices that count as the server's. */
function energyPerToken({ usage }: Summary): Figure | undefined {
  const value = told(usage.energy)?.perOutputToken;
  return value === undefined || value <= 0 ? undefined : { value };
}

/** The highest level of a telemetry series, summed over its sources. */
function highest({ telemetry }: Summary, metric: string): Figure | undefined {
  const sources = telemetry.filter((one) => one.metric === metric);
  const value = sources.reduce((sum, { max }) => sum + max, 0);
  return value > 0 ? { value } : undefined;
}

/** Six significant digits: finer than any measurement of ours, and short in a file. */
function rounded(figure: Figure & Partial<Spread>): Figure {
  const entries = Object.entries(figure).filter(([, value]) => Number.isFinite(value));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Number(Number(value).toPrecision(6))]),
  ) as unknown as Figure;
}
