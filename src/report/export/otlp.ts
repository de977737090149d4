/**
 * The run as an OTLP/HTTP JSON metrics request (opentelemetry-proto, ExportMetricsServiceRequest),
 * with the names of the OpenTelemetry GenAI conventions where they measure the same:
 * `gen_ai.client.operation.duration`, `.time_to_first_chunk`, `.time_per_output_chunk`. Times are
 * seconds there. Everything else is under `plimsoll.*`. Distributions are histograms of the measured
 * phases with the report's own bins.
 */
import type { MetricName } from "../../core/metrics.ts";
import type { Histogram, Series } from "../../judge/series/series.ts";
import type { MetricSummary } from "../../judge/metric-summaries.ts";
import type { Summary } from "../../judge/summary.ts";
import { singleValue } from "../text/single-value.ts";

/** Ours, and what the conventions call it. */
const GEN_AI: Readonly<Partial<Record<MetricName, string>>> = {
  e2e: "gen_ai.client.operation.duration",
  ttft: "gen_ai.client.operation.time_to_first_chunk",
  itl: "gen_ai.client.operation.time_per_output_chunk",
};

/** UCUM units, and what a value is multiplied with. */
const UNITS: Readonly<Record<string, readonly [string, number]>> = {
  ms: ["s", 1e-3],
  tokens: ["{token}", 1],
  ratio: ["1", 1],
  "tokens/s": ["{token}/s", 1],
  "items/s": ["{item}/s", 1],
  "1/s": ["1/s", 1],
  requests: ["{request}", 1],
  iterations: ["{iteration}", 1],
  VUs: ["{vu}", 1],
};

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
}

interface Window {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

/** Delta: the numbers are of this run alone, not of all runs since some start. */
const DELTA = 1;

export function renderOtlp({
  summary,
  series,
}: {
  readonly summary: Summary;
  readonly series: Pick<Series, "histograms" | "slowest" | "failed">;
}): string {
  const api = [...series.slowest, ...series.failed][0]?.record.api;
  const attributes = attributesOf(summary, api);
  const window = windowOf(summary);
  const metrics = Object.entries(summary.metrics).flatMap(([name, metric]) => {
    const histogram = series.histograms.find((one) => one.metric === name);
    return [metricOf(name as MetricName, metric, { attributes, window, histogram })];
  });
  const scope = { name: "plimsoll", version: summary.run.plimsoll };
  const resource = { attributes: resourceOf(summary) };
  const request = { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] };
  return `${JSON.stringify(request, null, 2)}\n`;
}

interface Context {
  readonly attributes: readonly Attribute[];
  readonly window: Window;
  readonly histogram: Histogram | undefined;
}

function metricOf(name: MetricName, metric: MetricSummary, context: Context): object {
  const { attributes, window, histogram } = context;
  const [unit, factor] = UNITS[metric.unit] ?? ["1", 1];
  const head = { name: GEN_AI[name] ?? `plimsoll.${name}`, unit, description: metric.title };
  if (metric.kind === "trend") {
    const facts = {
      attributes,
      ...window,
      count: String(metric.count),
      sum: (metric.sum ?? metric.mean * metric.count) * factor,
    };
    if (histogram === undefined) {
      const values = [metric.p50, metric.p90, metric.p95, metric.p99];
      const quantileValues = [0.5, 0.9, 0.95, 0.99].map((quantile, i) => ({
        quantile,
        value: (values[i] ?? NaN) * factor,
      }));
      return { ...head, summary: { dataPoints: [{ ...facts, quantileValues }] } };
    }
    const bins = binsOf(histogram, factor);
    const point = { ...facts, min: metric.min * factor, max: metric.max * factor, ...bins };
    return { ...head, histogram: { aggregationTemporality: DELTA, dataPoints: [point] } };
  }
  const point = { attributes, ...window, asDouble: singleValue(metric) * factor };
  if (metric.kind !== "counter") return { ...head, gauge: { dataPoints: [point] } };
  const sum = { aggregationTemporality: DELTA, isMonotonic: true, dataPoints: [point] };
  return { ...head, sum };
}

/** OTLP buckets are (-inf, b1], (b1, b2], …, (bn, inf): one more than bounds. */
function binsOf({ edges, counts }: Histogram, factor: number): object {
  return {
    explicitBounds: edges.slice(1, -1).map((edge) => edge * factor),
    bucketCounts: counts.map(String),
  };
}

function windowOf({ run }: Summary): Window {
  const started = BigInt(Date.parse(run.startedAt)) * 1_000_000n;
  const nano = (ms: number): string => String(started + BigInt(Math.round(ms * 1e6)));
  return { startTimeUnixNano: nano(run.measured.start), timeUnixNano: nano(run.measured.end) };
}

/** The conventions' words for what an API does; an API they have no word for goes without. */
const OPERATIONS: readonly (readonly [RegExp, string])[] = [
  [/embed/, "embeddings"],
  [/chat|messages|responses/, "chat"],
  [/complet|generate|infill/, "text_completion"],
];

function attributesOf({ run, target }: Summary, api = ""): readonly Attribute[] {
  return attributes({
    "gen_ai.operation.name": OPERATIONS.find(([pattern]) => pattern.test(api))?.[1],
    "gen_ai.provider.name": target?.server,
    "gen_ai.request.model": target?.model,
    ...addressOf(target?.url),
    "plimsoll.scenario": run.name,
  });
}

function addressOf(url: string | undefined): Readonly<Record<string, string | number>> {
  if (url === undefined || !URL.canParse(url)) return {};
  const { hostname, port, protocol } = new URL(url);
  const defaultPort = protocol === "https:" ? 443 : 80;
  return { "server.address": hostname, "server.port": port === "" ? defaultPort : Number(port) };
}

function resourceOf({ run, environment }: Summary): readonly Attribute[] {
  return attributes({
    "service.name": "plimsoll",
    "service.version": run.plimsoll,
    "host.name": environment.hostname,
    "plimsoll.run": run.id,
  });
}

function attributes(facts: Readonly<Record<string, string | number | undefined>>): Attribute[] {
  return Object.entries(facts).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [
      {
        key,
        value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
      },
    ];
  });
}
