/**
 * `metrics.prom`: the run as Prometheus text (exposition format 0.0.4), for a Pushgateway or a
 * textfile collector. Base units, as Prometheus wants them: seconds, bytes, shares of one. Every
 * series carries the scenario and, where known, server and model; the run's id is only on
 * `plimsoll_run_info`, so that nightly runs make one series and not one a night.
 */
import type { MetricSummary, TrendSummary } from "../../judge/metric-summaries.ts";
import type { Summary } from "../../judge/summary.ts";
import { withoutSteering } from "../../core/terminal-text.ts";
import { singleValue } from "../text/single-value.ts";

/** Suffix of the name, and what a value is multiplied with. */
const UNITS: Readonly<Record<string, readonly [string, number]>> = {
  ms: ["_seconds", 1e-3],
  tokens: ["_tokens", 1],
  ratio: ["_ratio", 1],
  "tokens/s": ["", 1],
  "items/s": ["", 1],
  "1/s": ["_per_second", 1],
  requests: ["", 1],
  iterations: ["", 1],
  VUs: ["", 1],
};

const QUANTILES = [
  [0.5, "p50"],
  [0.75, "p75"],
  [0.9, "p90"],
  [0.95, "p95"],
  [0.99, "p99"],
  [0.999, "p999"],
] as const;

type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly name: string;
  readonly type: "gauge" | "summary";
  readonly help: string;
  readonly lines: readonly string[];
}

export function renderPrometheus(summary: Summary): string {
  const labels = labelsOf(summary);
  const families = [
    ...runFamilies(summary, labels),
    ...Object.entries(summary.metrics).map(([name, metric]) => metricFamily(name, metric, labels)),
    thresholdFamily(summary, labels),
    gateFamily(summary, labels),
    ...telemetryFamilies(summary, labels),
  ];
  return families.flatMap(familyText).join("");
}

function labelsOf({ run, target }: Summary): Labels {
  return {
    scenario: run.name,
    ...(target?.server !== undefined && { server: target.server }),
    ...(target?.model !== undefined && { model: target.model }),
  };
}

function runFamilies({ run, verdict, validity }: Summary, labels: Labels): readonly Family[] {
  const started = Date.parse(run.startedAt) / 1000;
  const { status } = verdict;
  const info = { ...labels, run: run.id, plimsoll: run.plimsoll, plan: run.planHash, status };
  return [
    gauge("plimsoll_run_info", "Always 1; what was run.", [line("plimsoll_run_info", info, 1)]),
    gauge("plimsoll_run_start_timestamp_seconds", "When the run began.", [
      line("plimsoll_run_start_timestamp_seconds", labels, started),
    ]),
    gauge("plimsoll_run_passed", "1 when every threshold held and the run is valid.", [
      line("plimsoll_run_passed", labels, status === "passed" ? 1 : 0),
    ]),
    gauge("plimsoll_run_valid", "0 when the measurement cannot be trusted.", [
      line("plimsoll_run_valid", labels, validity.status === "invalid" ? 0 : 1),
    ]),
  ];
}

function metricFamily(name: string, metric: MetricSummary, labels: Labels): Family {
  const [suffix, factor] = UNITS[metric.unit] ?? ["", 1];
  const full = `plimsoll_${name.endsWith(suffix) ? name : `${name}${suffix}`}`;
  const help = metric.title;
  if (metric.kind === "trend") {
    return { name: full, type: "summary", help, lines: trendLines(full, metric, labels, factor) };
  }
  return gauge(full, help, [line(full, labels, singleValue(metric) * factor)]);
}

function trendLines(name: string, trend: TrendSummary, labels: Labels, factor: number): string[] {
  const quantiles = QUANTILES.map(([quantile, key]) =>
    line(name, { ...labels, quantile: String(quantile) }, trend[key] * factor),
  );
  return [
    ...quantiles,
    line(`${name}_sum`, labels, (trend.sum ?? trend.mean * trend.count) * factor),
    line(`${name}_count`, labels, trend.count),
  ];
}

function thresholdFamily({ thresholds }: Summary, labels: Labels): Family {
  const name = "plimsoll_threshold_ok";
  const lines = thresholds.map(({ key, source, ok }) =>
    line(name, { ...labels, threshold: `${key}: ${source}` }, ok ? 1 : 0),
  );
  return gauge(name, "1 when the threshold held.", lines);
}

const GATE_LEVELS = { ok: 0, warn: 1, invalid: 2 } as const;

function gateFamily({ validity }: Summary, labels: Labels): Family {
  const name = "plimsoll_validity_gate";
  const lines = validity.gates.flatMap(({ id, status }) =>
    status === "not_measured" ? [] : [line(name, { ...labels, gate: id }, GATE_LEVELS[status])],
  );
  return gauge(name, "0 fine, 1 a warning, 2 invalid.", lines);
}

/** Telemetry: means over the measured windows. Units are those of the series, in its name's words. */
function telemetryFamilies({ telemetry }: Summary, labels: Labels): readonly Family[] {
  const names = [...new Set(telemetry.map(({ metric }) => metric))];
  return names.map((metric) => {
    const name = `plimsoll_${metric.replace(/[^a-zA-Z0-9_]/g, "_")}`;
    const lines = telemetry
      .filter((one) => one.metric === metric)
      .flatMap(({ source, mean, max }) => [
        line(name, { ...labels, source, stat: "mean" }, mean),
        line(name, { ...labels, source, stat: "max" }, max),
      ]);
    return gauge(name, `${metric} over the measured windows.`, lines);
  });
}

function gauge(name: string, help: string, lines: readonly string[]): Family {
  return { name, type: "gauge", help, lines };
}

function familyText({ name, type, help, lines }: Family): readonly string[] {
  if (lines.length === 0) return [];
  const about = withoutSteering(help, false).replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return [`# HELP ${name} ${about}\n`, `# TYPE ${name} ${type}\n`, ...lines];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${labelText(text)}"`);
  return `${name}{${pairs.join(",")}} ${numberText(value)}\n`;
}

/** Without the noise of the 16th digit that scaling leaves. */
function numberText(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(12))) : "NaN";
}

function labelText(text: string): string {
  const clean = withoutSteering(text, false);
  return clean.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
