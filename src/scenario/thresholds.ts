/**
 * k6's threshold grammar (k6 metrics/thresholds_parser.go) over our metrics:
 *
 *     key        := metric | metric "{" tag ":" value ("," tag ":" value)* "}"
 *     assertion  := aggregation ws* operator ws* float
 *     operator   := "<" | "<=" | ">" | ">=" | "==" | "===" | "!="
 *     counter    := "count" | "rate"       gauge := "value"       rate := "rate"
 *     trend      := "avg" | "min" | "max" | "med" | "p(" float ")"
 *     telemetry  := of a gauge a trend's, or "value" for the last sample; of a counter a counter's
 *
 * k6's own HTTP metrics are taken for ours that measure the same; those without one are refused,
 * because a threshold that is never evaluated would always pass.
 */
import { findMetric, metrics, TELEMETRY_NAME, type MetricKind } from "../core/metrics.ts";
import { findSeries } from "../core/telemetry.ts";
import { suggestName } from "./nearest.ts";
import type { ParsedOptions } from "./resolve/options-schema.ts";
import { CANARY_PREFIX, type Aggregation, type ThresholdPlan } from "./plan.ts";
import { invalid, type Problem } from "./resolve/validate.ts";

type Kind = MetricKind | "telemetry gauge" | "telemetry counter" | "telemetry";

const LEVELS = ["avg", "min", "max", "med", "value"];

const SIMPLE: Readonly<Record<Kind, readonly string[]>> = {
  trend: ["avg", "min", "max", "med"],
  rate: ["rate"],
  counter: ["count", "rate"],
  gauge: ["value"],
  "telemetry gauge": LEVELS,
  "telemetry counter": ["count", "rate"],
  // A name of a server's own, which may be either.
  telemetry: [...LEVELS, "count", "rate"],
};

const ASSERTION =
  /^\s*(?<aggregation>[a-z]+(?:\([^)]*\))?)\s*(?<operator>===|==|!=|<=|>=|<|>)\s*(?<limit>[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*$/i;

const KEY = /^(?<metric>[a-zA-Z_][a-zA-Z0-9_]*)(?:\{(?<selector>.*)\})?$/;

/** k6's names for what we measure too. `http_req_waiting` ends at the first byte: our `headers`. */
const K6_NAMES: Readonly<Record<string, string>> = {
  http_reqs: "requests",
  http_req_failed: "request_failed",
  http_req_duration: "e2e",
  http_req_waiting: "headers",
  http_req_connecting: "connect",
};

type Parsed<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly message: string };

/** The condition of a threshold: `p(95)<2000`. */
export type Assertion = Pick<ThresholdPlan, "aggregation" | "operator" | "limit">;
/** What a threshold is about: `ttft{phase:recovery}`. */
export type ThresholdSubject = Pick<ThresholdPlan, "metric" | "selector">;

/** Parses `p(95)<2000`; the aggregation is checked against the metric elsewhere. */
export function parseAssertion(source: string): Parsed<Assertion> {
  const groups = ASSERTION.exec(source)?.groups;
  const aggregation = parseAggregation(groups?.["aggregation"] ?? "");
  if (groups === undefined || aggregation === undefined) {
    return {
      ok: false,
      message: `"${source}" is not a threshold; write "p(95)<2000" or "rate<0.01"`,
    };
  }
  // k6 knows both; they mean the same for numbers.
  const operator = groups["operator"] === "===" ? "==" : groups["operator"];
  return {
    ok: true,
    value: {
      aggregation,
      operator: operator as Assertion["operator"],
      limit: Number(groups["limit"]),
    },
  };
}

function parseAggregation(text: string): Aggregation | undefined {
  const percentile = /^p\(\s*(\d+(?:\.\d+)?)\s*\)$/.exec(text)?.[1];
  if (percentile !== undefined) {
    const p = Number(percentile);
    return p <= 100 ? { kind: "percentile", p } : undefined;
  }
  const simple = (["avg", "min", "max", "med", "count", "rate", "value"] as const).find(
    (kind) => kind === text,
  );
  return simple && { kind: simple };
}

/** Parses `ttft{phase:recovery,scenario:main}`. Only the first colon of a pair separates. */
export function parseSubject(key: string): Parsed<ThresholdSubject> {
  const groups = KEY.exec(key.trim())?.groups;
  if (groups === undefined) {
    return {
      ok: false,
      message: `"${key}" is not a metric; write "ttft" or "ttft{phase:recovery}"`,
    };
  }
  const selector = parseSelector(groups["selector"]);
  if (selector === undefined) {
    const written = `{${groups["selector"] ?? ""}}`;
    return { ok: false, message: `"${written}" is not a selector; write "{phase:recovery}"` };
  }
  return resolveMetric(groups["metric"] ?? "", selector);
}

function parseSelector(text: string | undefined): Record<string, string> | undefined {
  if (text === undefined) return {};
  const pairs = text.split(",").map((pair) => /^\s*([^:\s]+)\s*:\s*(\S.*?)\s*$/.exec(pair));
  if (pairs.includes(null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? "", pair?.[2] ?? ""]));
}

function resolveMetric(
  name: string,
  selector: Readonly<Record<string, string>>,
): Parsed<ThresholdSubject> {
  const metric = K6_NAMES[name] ?? name;
  if (kindOf(metric) !== undefined) return { ok: true, value: { metric, selector } };
  return {
    ok: false,
    message: `unknown metric "${name}"; ${suggestName(name, Object.keys(metrics))}`,
  };
}

function kindOf(metric: string): Kind | undefined {
  const known = findMetric(metric)?.kind;
  if (known !== undefined) return known;
  const series = findSeries(metric);
  if (series !== undefined) return `telemetry ${series.kind}`;
  return TELEMETRY_NAME.test(metric) ? "telemetry" : undefined;
}

/** The condition in its one canonical spelling: `parseAssertion` of it gives the same again. */
export function printAssertion({ aggregation, operator, limit }: Assertion): string {
  return `${printAggregation(aggregation)}${operator}${limit}`;
}

/** `p(95)`, `avg`, ... */
export function printAggregation(aggregation: Aggregation): string {
  return aggregation.kind === "percentile" ? `p(${aggregation.p})` : aggregation.kind;
}

/** The subject in its one canonical spelling. */
export function printSubject({ metric, selector }: ThresholdSubject): string {
  const pairs = Object.entries(selector).map(([tag, value]) => `${tag}:${value}`);
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(",")}}`;
}

/** Names that selectors may refer to, so that a misspelt one is an error and not an empty set. */
export interface TrafficNames {
  readonly phases: readonly string[];
  readonly scenarios: readonly string[];
  /** Checks of the canaries that are switched on. */
  readonly canaryChecks: readonly string[];
}

/**
 * All thresholds of the options.
 *
 * @throws usage error with the place of every one that cannot be evaluated
 */
export function resolveThresholds(
  written: ParsedOptions["thresholds"],
  names: TrafficNames,
): readonly ThresholdPlan[] {
  const problems: Problem[] = [];
  const resolved = Object.entries(written).flatMap(([key, list]) =>
    list.flatMap((entry, at) => {
      const threshold = resolveThreshold(key, entry, names);
      if (threshold.ok) return [threshold.value];
      problems.push({ place: `options.thresholds["${key}"][${at}]`, message: threshold.message });
      return [];
    }),
  );
  if (problems.length > 0) throw invalid(problems);
  return resolved;
}

type WrittenThreshold = ParsedOptions["thresholds"][string][number];

function resolveThreshold(
  key: string,
  written: WrittenThreshold,
  names: TrafficNames,
): Parsed<ThresholdPlan> {
  const subject = parseSubject(key);
  if (!subject.ok) return subject;
  const assertion = parseAssertion(written.threshold);
  if (!assertion.ok) return assertion;
  const misfit =
    aggregationMisfit(subject.value.metric, assertion.value.aggregation) ??
    unknownTraffic(subject.value.selector, names) ??
    unknownCheck(subject.value, names);
  if (misfit !== undefined) return { ok: false, message: misfit };
  const { abortOnFail, delayAbortEval, noData } = written;
  const flags = { abortOnFail, delayAbortEval, noData };
  return {
    ok: true,
    value: { key, source: written.threshold, ...subject.value, ...assertion.value, ...flags },
  };
}

function aggregationMisfit(metric: string, aggregation: Aggregation): string | undefined {
  const kind = kindOf(metric) ?? "telemetry";
  const simple = SIMPLE[kind];
  const percentiles = ["trend", "telemetry", "telemetry gauge"].includes(kind);
  const fits = aggregation.kind === "percentile" ? percentiles : simple.includes(aggregation.kind);
  if (fits) return undefined;
  const known = percentiles ? [...simple, "p(N)"] : simple;
  return `${metric} is a ${kind}: it has ${known.join(", ")}, not ${printAggregation(aggregation)}`;
}

function unknownTraffic(
  selector: Readonly<Record<string, string>>,
  names: TrafficNames,
): string | undefined {
  const { phase, scenario } = selector as { readonly phase?: string; readonly scenario?: string };
  if (phase !== undefined && !names.phases.includes(phase)) {
    return `no measured phase is called "${phase}"; ${suggestName(phase, names.phases)}`;
  }
  if (scenario !== undefined && !names.scenarios.includes(scenario)) {
    return `no scenario is called "${scenario}"; ${suggestName(scenario, names.scenarios)}`;
  }
  return undefined;
}

/** Names of a script's checks are known only when they are made; those of the canaries are fixed. */
function unknownCheck(
  { metric, selector }: ThresholdSubject,
  { canaryChecks }: TrafficNames,
): string | undefined {
  const check = selector["check"];
  if (check === undefined) return undefined;
  if (metric !== "checks") return `only the metric checks has a tag "check", ${metric} has none`;
  if (!check.startsWith(CANARY_PREFIX) || canaryChecks.includes(check)) return undefined;
  const switchOn = `no canary makes the check "${check}": see options.canaries`;
  return canaryChecks.length === 0 ? switchOn : `${switchOn}; ${suggestName(check, canaryChecks)}`;
}
