/** Takes the lines of a run, beside the collector, and keeps what comparing runs needs of them. */
import { usageError } from "../../core/errors.ts";
import type { Fingerprint } from "../../core/fingerprint.ts";
import type { PhaseMark, RunHeader, RunLine, TargetLine } from "../../core/records.ts";
import type { RequestRecord } from "../../core/request-record.ts";
import type { Plan } from "../../scenario/plan.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { PhaseIndex } from "../collect/phase-index.ts";
import { planOf } from "../plan-facts.ts";
import { isCensored, type RequestValues } from "../collect/request-values.ts";
import { RequestView } from "../collect/request-view.ts";
import type { Span } from "../collect/spans.ts";
import { ItemCollector, itemMetrics, type Item } from "./items.ts";
import { WindowCollector, type Windows } from "./windows.ts";

export interface RunParts {
  readonly header: RunHeader;
  readonly plan: Plan;
  readonly fingerprint: Fingerprint;
  readonly windows: Windows;
  readonly items: readonly Item[];
}

const DRAWN = ["ttft_scheduled", "ttft", "tpot", "e2e"] as const;

export class DigestBuilder {
  #header: RunHeader | undefined;
  #plan: Plan | undefined;
  #phases: PhaseIndex | undefined;
  #windows: WindowCollector | undefined;
  #measured: readonly Span[] = [];
  #fingerprint: Fingerprint = {};
  #target: TargetLine | undefined;
  #end = 0;
  readonly #items = new ItemCollector();
  readonly #view = new RequestView();

  /**
   * Takes the next line, the header first.
   *
   * @param view of a request, where others look at it too
   */
  add(line: RunLine, view: RequestView = this.#view): void {
    switch (line.type) {
      case "header":
        this.#header = line;
        this.#plan = planOf(line);
        this.#phases = new PhaseIndex(this.#plan);
        break;
      case "phase":
        this.#addPhase(line);
        break;
      case "request":
        this.#addRequest(view.of(line));
        break;
      case "fingerprint":
        this.#fingerprint = { ...this.#fingerprint, ...line.fields };
        break;
      case "target":
        this.#target = line;
        break;
      case "event":
      case "footer":
        this.#end = line.at;
        this.#phases?.endAt(line.at);
        break;
      default:
    }
  }

  /** @throws PlimsollError (usage) when there was no header */
  finish(): RunParts {
    const [header, plan, phases] = [this.#header, this.#plan, this.#phases];
    if (header === undefined || plan === undefined || phases === undefined)
      throw usageError("these lines do not begin with a run's header");
    phases.endAt(this.#end);
    const measured = phases.measuredWindows();
    return {
      header,
      plan,
      fingerprint: fingerprintOf({
        header,
        target: this.#target,
        fingerprint: this.#fingerprint,
      }),
      windows: this.#windows?.finish(measured) ?? { width: 0, windows: [] },
      items: this.#items.finish().items,
    };
  }

  #addPhase(mark: PhaseMark): void {
    this.#phases?.add(mark);
    this.#measured = this.#phases?.measuredWindows() ?? [];
  }

  #addRequest(view: RequestView): void {
    const { record } = view;
    this.#end = Math.max(this.#end, record.ended);
    if (record.outcome.ok) this.#addTokens(view);
    const [phases, plan] = [this.#phases, this.#plan];
    if (plan === undefined || phases?.isMeasured(record.scenario, record.phase) !== true) return;
    const { values } = view;
    this.#count(view, plan);
    const at = dueAt(record);
    const collector = this.#collector(at);
    for (const metric of DRAWN) {
      const value = values[metric];
      if (value !== undefined) collector.value(at, metric, value);
    }
    if (!record.outcome.ok) return;
    collector.values(at, "itl", view.gaps);
    this.#addItem(record, values, plan);
  }

  #count(view: RequestView, { slo }: Plan): void {
    const { record } = view;
    const at = dueAt(record);
    const collector = this.#collector(at);
    if (isCensored(record)) return;
    collector.count(at, "ended", 1);
    if (!record.outcome.ok) collector.count(at, "failed", 1);
    else if (slo.limits.length > 0 && view.met(slo).every(Boolean))
      collector.count(at, "sloMet", 1);
  }

  /** Tokens count where they were received. */
  #addTokens(view: RequestView): void {
    const [first] = this.#measured;
    if (first !== undefined) this.#collector(first.start).tokens(view.arrivals, this.#measured);
  }

  #addItem(record: RequestRecord, values: RequestValues, plan: Plan): void {
    const { scenario: name, iteration, request } = record;
    const scenario = Math.max(
      0,
      plan.scenarios.findIndex((one) => one.name === name),
    );
    this.#items.add({
      scenario,
      iteration,
      request,
      values: itemMetrics.map((metric) => values[metric]),
    });
  }

  #collector(at: number): WindowCollector {
    return (this.#windows ??= new WindowCollector(this.#measured[0]?.start ?? at));
  }
}

function dueAt({ scheduled, sent }: RequestRecord): number {
  return scheduled ?? sent;
}
