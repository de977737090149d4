/** Tallies by phase; for thresholds over tags, one book for each selector. */
import type { IterationRecord } from "../../core/records.ts";
import type { RequestRecord } from "../../core/request-record.ts";
import type { Plan, SloPlan } from "../../scenario/plan.ts";
import { phaseKey, type PhaseIndex } from "./phase-index.ts";
import type { RequestView } from "./request-view.ts";
import { startsInTime, Tally } from "./tally.ts";

export type Tags = Readonly<Record<string, string>>;

interface PhaseTally {
  readonly scenario: string;
  readonly phase: string;
  readonly tally: Tally;
}

export class TallyCollector {
  readonly #slo: SloPlan;
  readonly #phases: PhaseIndex;
  readonly #tallies = new Map<string, PhaseTally>();

  constructor(slo: SloPlan, phases: PhaseIndex) {
    this.#slo = slo;
    this.#phases = phases;
  }

  addRequest(view: RequestView): void {
    const { scenario, phase } = view.record;
    this.of(scenario, phase).addRequest(view);
    // Tokens count where they were received, which may be a later phase.
    for (const { name, spans } of this.#phases.measuredOf(scenario))
      this.of(scenario, name).receive(view, spans);
  }

  addIteration(record: IterationRecord): void {
    const { scenario, phase } = record;
    const inTime = startsInTime(record, this.#phases.spansOf(scenario, phase));
    this.of(scenario, phase).addIteration(record, inTime);
  }

  of(scenario: string, phase: string): Tally {
    const key = phaseKey(scenario, phase);
    const known = this.#tallies.get(key);
    if (known !== undefined) return known.tally;
    const tally = new Tally(this.#slo);
    this.#tallies.set(key, { scenario, phase, tally });
    return tally;
  }

  /** All phases together, measured or not. */
  everything(): Tally {
    return this.#merged(() => true, "none");
  }

  /**
   * The measured phases together, or those of them that match.
   *
   * @param only the one trend that is needed; all without it
   */
  measured(match: { phase?: string; scenario?: string } = {}, only?: string): Tally {
    return this.#merged(
      ({ scenario, phase }) =>
        this.#phases.isMeasured(scenario, phase) &&
        scenario === (match.scenario ?? scenario) &&
        phase === (match.phase ?? phase),
      only,
    );
  }

  #merged(wanted: (one: PhaseTally) => boolean, only?: string): Tally {
    const parts = [...this.#tallies.values()].filter(wanted);
    const [single, ...others] = parts;
    // The usual run has one measured phase: no copy of all its values then.
    if (single !== undefined && others.length === 0) return single.tally;
    const sum = new Tally(this.#slo);
    for (const { tally } of parts) sum.merge(tally, only);
    return sum;
  }
}

/**
 * The part of a selector that is about tags; `phase` and `scenario` are every record's own, and
 * `check` is the name of a check, on the metric `checks`.
 */
export function tagsOf({ phase: _phase, scenario: _scenario, check: _check, ...tags }: Tags): Tags {
  return tags;
}

/** As k6, whose records carry a few facts as tags too: `api`, `status`, `worker`, `vu`. */
export function requestHasTags(record: RequestRecord, tags: Tags): boolean {
  return Object.entries(tags).every(([name, wanted]) => {
    const own = record.tags?.[name] ?? FACTS[name]?.(record);
    return own !== undefined && String(own) === wanted;
  });
}

const FACTS: Readonly<Record<string, (record: RequestRecord) => string | number | undefined>> = {
  api: ({ api }) => api,
  status: ({ status }) => status,
  worker: ({ worker }) => worker,
  vu: ({ vu }) => vu,
};

/** An iteration has the tags of its scenario. */
export function iterationHasTags(plan: Plan, { scenario }: IterationRecord, tags: Tags): boolean {
  const own = plan.scenarios.find(({ name }) => name === scenario)?.tags ?? {};
  return Object.entries(tags).every(([name, wanted]) => own[name] === wanted);
}
