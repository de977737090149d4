/**
 * From the lines of a run to its summary and series, in one pass: memory is a few columns of
 * numbers. Runs that were cut short, interrupted, or whose target died are summarised as far as
 * they go.
 */
import { metrics, type MetricName } from "../core/metrics.ts";
import { usageError } from "../core/errors.ts";
import type { RunAccounting, RunHeader, RunLine } from "../core/records.ts";
import type { SloPlan } from "../scenario/plan.ts";
import { Collector } from "./collect/collector.ts";
import { fingerprintOf } from "./digest/fingerprint.ts";
import { counterSummaries } from "./machine/counters.ts";
import { observedFields } from "./machine/observed.ts";
import { readingsIn, restartsOf, runUsage } from "./machine/run-usage.ts";
import { batchSizesOf, serverTimesOf } from "./machine/server-times.ts";
import { metricsOf } from "./metrics/metrics-of.ts";
import { censusOf, checksOf, phaseSummaries, ratesOf, type Whole } from "./metrics/overview.ts";
import { loopOf, planExcerpt } from "./plan-facts.ts";
import { present } from "../core/present.ts";
import type { Recovery } from "./metrics/recovery.ts";
import type { RequestView } from "./collect/request-view.ts";
import { seriesOf } from "./series/series-of.ts";
import type { Series } from "./series/series.ts";
import { countsOf, evidenceOf, type Counted } from "./validity/gather-evidence.ts";
import { cachedShare } from "./validity/prompt-evidence.ts";
import { lengthOf } from "./collect/spans.ts";
import { SUMMARY_SCHEMA, type RunFacts, type Summary } from "./summary.ts";
import type { RecoverySummary } from "./metric-summaries.ts";
import type { SloSummary } from "./outcome-summaries.ts";
import { endedRequests, type Tally } from "./collect/tally.ts";
import { judgeValidity, type GateLimits } from "./validity/validity.ts";
import { verdictOf } from "./verdict.ts";
import { warningsOf } from "./validity/warnings.ts";

export interface Judged {
  readonly summary: Summary;
  readonly series: Series;
}

export interface SummarizeOptions {
  /** Limits of the validity gates other than those of the run, or the default ones. */
  readonly limits?: GateLimits;
  /** Prices and devices other than those of the run. */
  readonly accounting?: RunAccounting;
}

/** Takes the lines of one run, the header first (store/read-run.ts), and judges it. */
export class RunJudge {
  readonly #options: SummarizeOptions;
  #collector: Collector | undefined;

  constructor(options: SummarizeOptions = {}) {
    this.#options = options;
  }

  /** @throws PlimsollError (usage) when there is no header, or the plan is of another schema */
  add(line: RunLine, view?: RequestView): void {
    if (this.#collector === undefined)
      this.#collector = new Collector(accounted(headerOf(line), this.#options));
    else this.#collector.add(line, view);
  }

  /** After the last line. @throws PlimsollError (usage) when there was none */
  finish(): Judged {
    if (this.#collector === undefined) throw noHeader();
    return judge(this.#collector, this.#options);
  }
}

/** Lines that come one after the other, judged. Errors as a RunJudge has them. */
export async function summarize(
  lines: AsyncIterable<RunLine>,
  options: SummarizeOptions = {},
): Promise<Judged> {
  const judging = new RunJudge(options);
  for await (const line of lines) judging.add(line);
  return judging.finish();
}

function headerOf(line: RunLine): RunHeader {
  if (line.type === "header") return line;
  throw noHeader();
}

/** The header as if the run had been made with these prices too. */
function accounted(header: RunHeader, { accounting = {} }: SummarizeOptions): RunHeader {
  if (Object.keys(accounting).length === 0) return header;
  return { ...header, accounting: { ...header.accounting, ...accounting } };
}

function noHeader(): Error {
  return usageError("these lines do not begin with a run's header", "read them from a run.jsonl");
}

/** Judges what a collector has at the end of its run. */
function judge(collector: Collector, { limits }: SummarizeOptions): Judged {
  // Without a footer the end is where the lines end.
  collector.phases.endAt(collector.footer?.at ?? collector.lastTime);
  const windows = collector.phases.measuredWindows();
  const whole: Whole = { collector, windows, tally: collector.tallies.measured() };
  const { tally } = whole;
  const { header, plan } = collector;
  const run = runFacts(whole);
  const all = measuredMetrics(whole);
  const counted = countsOf(collector);
  const gateLimits = { ...header.validityLimits, ...limits };
  const validity = judgeValidity(evidenceOf(whole, counted), gateLimits);
  const thresholds = collector.thresholds();
  const ended = endedRequests(tally);
  const verdict = verdictOf({
    end: run.end,
    ...(run.endMessage !== undefined && { endMessage: run.endMessage }),
    validity,
    thresholds,
    ended,
    ok: tally.requests.ok,
  });
  const facts = {
    run,
    plan: planExcerpt(plan),
    ...(collector.target && { target: collector.target.identity }),
    census: censusOf(whole),
    slo: sloSummary(plan.slo, tally),
    metrics: all,
    ...machinesOf(whole, counted),
  };
  const summary: Summary = {
    schema: SUMMARY_SCHEMA,
    ...facts,
    environment: header.environment,
    verdict,
    validity,
    headline: headlineOf(run.loop, all),
    ...phasesOf(whole),
    rates: ratesOf(whole),
    thresholds,
    failures: collector.failures.summary(ended),
    checks: checksOf(whole),
    ...collector.canaries.facts(),
    warnings: warningsOf(collector.warnings, { ...facts, ...warned(whole) }),
  };
  return { summary, series: seriesOf(whole) };
}

/** What the summary does not have, and a warning may be about. */
function warned({ collector, tally }: Whole) {
  return present({
    sameMachine: collector.target?.sameMachine,
    answers: { counts: tally.answers, notes: collector.notes.all() },
  });
}

function measuredMetrics({ collector, windows, tally }: Whole): Summary["metrics"] {
  const { plan, samples, canaries } = collector;
  return metricsOf({
    ...{ tally, windows, slo: plan.slo, samples, canaryChecks: canaries.checks(windows) },
    recoveryTime: () => collector.recoveryTime(),
  });
}

function phasesOf(whole: Whole): Pick<Summary, "phases" | "recovery"> {
  const recovery = whole.collector.recovery();
  return {
    phases: phaseSummaries(whole),
    ...(recovery !== undefined && { recovery: withoutMoment(recovery) }),
  };
}

function withoutMoment({ from: _, ...recovery }: Recovery): RecoverySummary {
  return recovery;
}

type Machines =
  | ("telemetry" | "counters" | "usage" | "serverCounts" | "sources" | "fingerprint")
  | ("serverTimes" | "batchSizes");

function machinesOf(whole: Whole, { counted, prompts }: Counted): Pick<Summary, Machines> {
  const { collector, windows, tally } = whole;
  return {
    telemetry: collector.samples.summaries(windows),
    counters: counterSummaries(readingsIn(collector, windows)),
    usage: runUsage(collector, windows, tally),
    ...ownTimesOf(whole),
    ...("counts" in counted && { serverCounts: counted }),
    sources: [...collector.sources.values()].map(({ type: _, at: _at, ...source }) => source),
    fingerprint: {
      ...fingerprintOf(collector),
      ...observedFields({ ...whole, cachedShare: cachedShare(prompts) }),
    },
  };
}

function ownTimesOf({
  collector,
  windows,
  tally,
}: Whole): Pick<Summary, "serverTimes" | "batchSizes"> {
  const restarts = restartsOf(collector.warnings, "server");
  const facts = { histograms: collector.histograms, windows, restarts, tally };
  const times = serverTimesOf(facts);
  return present({
    serverTimes: times.length > 0 ? times : undefined,
    batchSizes: batchSizesOf(facts),
  });
}

function runFacts({ collector, windows }: Whole): RunFacts {
  const { header, footer, plan, warnings, lastTime } = collector;
  const end: RunFacts["end"] = footer?.reason ?? "cut_short";
  const start = windows[0]?.start ?? 0;
  return present({
    id: header.run,
    name: plan.name,
    plimsoll: header.plimsoll,
    startedAt: header.startedAt,
    durationMs: lastTime,
    measured: { start, end: windows.at(-1)?.end ?? start, ms: lengthOf(windows) },
    complete: footer?.reason === "completed",
    end,
    endMessage: footer?.message,
    loop: loopOf(plan),
    planHash: header.planHash,
    salt: header.salt,
    repeat: header.repeat,
    torn: warnings.some(({ code }) => code === TORN_LINE),
  });
}

/** As store/read-run.ts says it; judging cannot import from there. */
const TORN_LINE = "torn_line";

function sloSummary({ limits }: SloPlan, tally: Tally): SloSummary {
  const { total } = tally.requests;
  const shown = limits.map(({ metric, limit }, i) => {
    const p95 = tally.trends.get(metric)?.percentile(95);
    return {
      metric,
      limit,
      ...(total > 0 && { share: (tally.limitsMet[i] ?? 0) / total }),
      ...(p95 !== undefined && { p95 }),
    };
  });
  if (limits.length === 0) return { limits: [] };
  const share = total > 0 ? { share: tally.sloMet / total } : {};
  return { limits: shown, requests: total, met: tally.sloMet, ...share };
}

/** Most important first; an open loop leads with what users wait, our queueing included. */
const HEADLINES: Readonly<Record<RunFacts["loop"], readonly MetricName[]>> = {
  open: ["ttft_scheduled", "e2e_scheduled"],
  mixed: ["ttft_scheduled", "e2e_scheduled", "ttft", "e2e"],
  closed: ["ttft", "e2e"],
};

const ALWAYS: readonly MetricName[] = [
  "itl",
  "tpot",
  "output_tokens_per_second",
  "items_per_second",
  "goodput",
  "request_failed",
  "recovery_time",
];

function headlineOf(loop: RunFacts["loop"], all: Summary["metrics"]): readonly MetricName[] {
  return [...HEADLINES[loop], ...ALWAYS].filter((name) => name in metrics && name in all);
}
