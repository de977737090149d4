/**
 * Takes the lines of a run, one after the other, and keeps what judging needs: columns and counts,
 * never the lines themselves. Thresholds can be evaluated at any moment of it, so a running test
 * can be watched with the same arithmetic that judges it in the end.
 */
import { usageError } from "../../core/errors.ts";
import type { Fingerprint } from "../../core/fingerprint.ts";
import type {
  CanaryRecord,
  FingerprintLine,
  IterationRecord,
  RunEvent,
  RunFooter,
  RunHeader,
  RunLine,
  TargetLine,
  WarningLine,
} from "../../core/records.ts";
import type { RequestRecord } from "../../core/request-record.ts";
import type { SourceLine } from "../../core/telemetry-lines.ts";
import type { Plan } from "../../scenario/plan.ts";
import { Column } from "../../stats/column.ts";
import { NoteCounts } from "./answer-notes.ts";
import { Examples } from "./examples.ts";
import { FailureCollector } from "./failures.ts";
import { HistogramCollector } from "./histogram-collector.ts";
import { telemetryData } from "../machine/run-usage.ts";
import { measuredOf } from "../metrics/metrics-of.ts";
import { PhaseIndex } from "./phase-index.ts";
import { planOf } from "../plan-facts.ts";
import { recoveryLimit, recoveryOf, type Recovery } from "../metrics/recovery.ts";
import { RequestColumns } from "./request-columns.ts";
import { isCensored, wholeTime } from "./request-values.ts";
import { RequestView } from "./request-view.ts";
import { SampleCollector } from "./samples.ts";
import { ServedTotals } from "../validity/served-totals.ts";
import { union, type Span } from "./spans.ts";
import type { ThresholdResult } from "../outcome-summaries.ts";
import {
  iterationHasTags,
  requestHasTags,
  TallyCollector,
  tagsOf,
  type Tags,
} from "./tally-collector.ts";
import { CanaryCollector, servedFor } from "./canary-collector.ts";
import { evaluateThreshold, isMetricName, type ThresholdData } from "../metrics/thresholds.ts";
import { hasNoSpacing } from "./tally.ts";
import { CacheAuditor } from "../validity/cache-audit.ts";
import { PromptLengthAuditor } from "../validity/prompt-lengths.ts";
import { TokenAuditor } from "../validity/token-audit.ts";
import { TokenGrid } from "./token-grid.ts";

type Fact =
  TargetLine | SourceLine | FingerprintLine | WarningLine | RunEvent | RunFooter | RunHeader;

export class Collector {
  readonly header: RunHeader;
  readonly plan: Plan;
  readonly phases: PhaseIndex;
  readonly tallies: TallyCollector;
  readonly samples = new SampleCollector();
  /** What the server measured of itself. */
  readonly histograms = new HistogramCollector();
  readonly failures = new FailureCollector();
  readonly examples = new Examples();
  readonly columns = new RequestColumns();
  readonly audit = new TokenAuditor();
  readonly notes = new NoteCounts();
  readonly cache = new CacheAuditor();
  readonly promptLengths = new PromptLengthAuditor();
  /** What the server must have counted too, all phases. */
  readonly served = new ServedTotals();
  readonly canaries = new CanaryCollector();
  /** When iterations started, and when dropped ones were due. */
  readonly started = new Column();
  readonly dropped = new Column();
  readonly events: RunEvent[] = [];
  readonly warnings: WarningLine[] = [];
  /** What each source of telemetry said of itself, its last words over its first. */
  readonly sources = new Map<string, SourceLine>();
  fingerprint: Fingerprint = {};
  target: TargetLine | undefined;
  footer: RunFooter | undefined;
  /** The latest time that any line tells of, ms. */
  lastTime = 0;
  #grid: TokenGrid | undefined;
  readonly #view = new RequestView();
  /** One book for each set of tags that a threshold selects. */
  readonly #tagged: readonly { readonly tags: Tags; readonly collector: TallyCollector }[];

  /** @throws PlimsollError (usage) when the plan in the header is of another schema */
  constructor(header: RunHeader) {
    this.header = header;
    this.plan = planOf(header);
    this.phases = new PhaseIndex(this.plan);
    this.tallies = new TallyCollector(this.plan.slo, this.phases);
    const selected = this.plan.thresholds
      .filter(({ metric }) => isMetricName(metric))
      .map(({ selector }) => tagsOf(selector))
      .filter((tags) => Object.keys(tags).length > 0);
    const different = new Map(selected.map((tags) => [keyOf(tags), tags]));
    this.#tagged = [...different.values()].map((tags) => ({
      tags,
      collector: new TallyCollector(this.plan.slo, this.phases),
    }));
  }

  /**
   * Takes the next line; the header is taken already.
   *
   * @param view of a request, where others look at it too
   */
  add(line: RunLine, view: RequestView = this.#view): void {
    this.lastTime = Math.max(this.lastTime, endOf(line));
    switch (line.type) {
      case "request":
        this.#addRequest(view.of(line));
        break;
      case "iteration":
        this.#addIteration(line);
        break;
      case "canary":
        this.canaries.add(line);
        this.served.add(servedFor(line, this.plan));
        break;
      case "sample":
        this.samples.add(line);
        break;
      case "readings":
        this.samples.addReadings(line);
        break;
      case "histograms":
        this.histograms.add(line);
        break;
      case "phase":
        this.phases.add(line);
        break;
      default:
        this.#addFact(line);
    }
  }

  #addFact(line: Fact): void {
    switch (line.type) {
      case "source":
        this.samples.addSource(line);
        this.sources.set(line.source, { ...this.sources.get(line.source), ...line });
        break;
      case "fingerprint":
        this.fingerprint = { ...this.fingerprint, ...line.fields };
        break;
      case "target":
        this.target = line;
        break;
      case "warning":
        this.warnings.push(line);
        break;
      case "event":
        this.events.push(line);
        this.phases.endAt(line.at);
        break;
      case "footer":
        this.footer = line;
        break;
      case "header":
        throw usageError(
          `the run ${this.header.run} has a second header`,
          "two runs were written to one file; separate them",
        );
    }
  }

  #addRequest(view: RequestView): void {
    const { record, values } = view;
    const measured = this.phases.isMeasured(record.scenario, record.phase);
    const scenario = this.plan.scenarios.findIndex(({ name }) => name === record.scenario);
    this.tallies.addRequest(view);
    for (const { tags, collector } of this.#tagged)
      if (requestHasTags(record, tags)) collector.addRequest(view);
    this.columns.add(record, values, { measured, scenario });
    this.failures.add(record, measured && !isCensored(record));
    this.examples.add(record);
    this.served.add(record);
    this.grid(record.sent).add(view);
    if (!measured) return;
    this.audit.add(record);
    this.notes.add(record);
    this.cache.add(record);
    this.promptLengths.add(record);
  }

  #addIteration(record: IterationRecord): void {
    this.tallies.addIteration(record);
    for (const { tags, collector } of this.#tagged)
      if (iterationHasTags(this.plan, record, tags)) collector.addIteration(record);
    if (record.started !== undefined) this.started.push(record.started);
    if (record.outcome === "dropped") this.dropped.push(record.scheduled ?? this.lastTime);
  }

  /** Tokens over time, from the start of the traffic (`otherwise`: where no phase was marked). */
  grid(otherwise: number): TokenGrid {
    if (this.#grid !== undefined) return this.#grid;
    const starts = this.phases.all().map(({ marks }) => marks[0]?.start ?? otherwise);
    this.#grid = new TokenGrid(starts.length === 0 ? otherwise : Math.min(...starts));
    return this.#grid;
  }

  /**
   * All thresholds of the plan on the lines so far.
   *
   * @param now during a run: rates are then those up to here, ms
   */
  thresholds(now = Infinity): readonly ThresholdResult[] {
    return this.plan.thresholds.map((one) => {
      const result = evaluateThreshold(one, (metric, selector) =>
        this.#select(metric, selector, now),
      );
      const absent = this.#whyNoData(result);
      return absent === undefined ? result : { ...result, absent };
    });
  }

  #select(metric: string, selector: Tags, now: number): ThresholdData | undefined {
    const windows = this.#windows(selector, now);
    if (!isMetricName(metric)) {
      const isRunning = now < Infinity;
      return telemetryData(this, { metric, windows, source: selector["source"], isRunning });
    }
    const key = keyOf(tagsOf(selector));
    const collector =
      this.#tagged.find(({ tags }) => keyOf(tags) === key)?.collector ?? this.tallies;
    const chosen = collector.measured(selector, metric);
    // Only what has no first token: its end is what is waited for.
    const whole = chosen.whole > 0 && chosen.whole === chosen.requests.total;
    if (whole && wholeTime(metric) !== metric)
      return this.#select(wholeTime(metric), selector, now);
    const tally = chosen;
    const { samples, plan } = this;
    const recovery = (): number | undefined => this.recoveryTime();
    const part = { tally, windows, slo: plan.slo, samples, recoveryTime: recovery };
    // Canaries are of no scenario and have no tags.
    const canaries = key === keyOf({}) && selector["scenario"] === undefined;
    return measuredOf(metric, {
      ...part,
      check: selector["check"],
      ...(canaries && { canaryChecks: this.canaries.checks(windows) }),
    });
  }

  #windows(selector: Tags, now: number): readonly Span[] {
    const chosen = this.phases
      .all()
      .filter(
        ({ measured, scenario, name }) =>
          measured &&
          scenario === (selector["scenario"] ?? scenario) &&
          name === (selector["phase"] ?? name),
      );
    const spans = chosen.flatMap((phase) => phase.spans);
    return union(spans.map(({ start, end }) => ({ start, end: Math.min(end, now) })));
  }

  /** Undefined without a phase of overload. */
  recovery(): Recovery | undefined {
    return recoveryOf(this.phases.all(), recoveryLimit(this.plan), this.columns);
  }

  recoveryTime(): number | undefined {
    return this.recovery()?.ms;
  }

  /** Why a threshold has no data, where that is known. */
  #whyNoData({ status, metric }: ThresholdResult): string | undefined {
    if (status !== "no_data") return undefined;
    if ((metric === "itl" || metric === "tpot") && hasNoSpacing(this.tallies.measured()))
      return "most answers came in one piece, so it cannot be measured";
    if (metric !== "recovery_time") return undefined;
    return this.recovery()?.absent ?? "the run has no phase spike or peak2x";
  }
}

function keyOf(tags: Tags): string {
  return JSON.stringify(Object.entries(tags).sort());
}

/** The latest time a line tells of; phase marks tell of the future. */
function endOf(line: RunLine): number {
  if ("outcome" in line) return line.ended ?? startOf(line);
  if (line.type === "readings") return line.rows.at(-1)?.[0] ?? 0;
  return "at" in line ? line.at : 0;
}

function startOf(line: RequestRecord | CanaryRecord | IterationRecord): number {
  return line.type === "iteration" ? (line.started ?? line.scheduled ?? 0) : line.sent;
}
