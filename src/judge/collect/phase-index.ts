/** The phases of a run as they were marked: what is measured, and when. */
import type { PhaseMark } from "../../core/records.ts";
import type { Plan } from "../../scenario/plan.ts";
import { plannedAsMeasured } from "../plan-facts.ts";
import { union, type Span } from "./spans.ts";

/** Written when traffic ends; not part of any plan. */
export const DRAIN = "drain";

export interface Phase {
  readonly scenario: string;
  readonly name: string;
  readonly measured: boolean;
  /** Usually one; several where the same name comes back. In order, never beyond the run's end. */
  readonly spans: readonly Span[];
  readonly marks: readonly PhaseMark[];
  /** True when the run ended before the phase was over: its plan does not hold. */
  readonly clipped: boolean;
}

type KnownPhase = Pick<Phase, "name" | "measured" | "spans">;

interface KnownScenario {
  readonly phases: Map<string, KnownPhase>;
  measured?: readonly KnownPhase[];
}

export class PhaseIndex {
  readonly #plan: Plan;
  readonly #marks = new Map<string, PhaseMark[]>();
  readonly #drains = new Map<string, number>();
  readonly #known = new Map<string, KnownScenario>();
  #end = Infinity;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** A mark of the same phase with the same start replaces the one before. */
  add(mark: PhaseMark): void {
    const key = phaseKey(mark.scenario, mark.name);
    const others = (this.#marks.get(key) ?? []).filter(({ start }) => start !== mark.start);
    this.#marks.set(key, [...others, mark]);
    this.#known.clear();
    if (mark.name === DRAIN) this.#drains.set(mark.scenario, mark.start);
  }

  /** The traffic ended here, whatever was planned: nothing later is measured. */
  endAt(at: number): void {
    this.#end = Math.min(this.#end, at);
    this.#known.clear();
  }

  /** Whether records of this phase enter metrics: as marked, else as planned, else not. */
  isMeasured(scenario: string, name: string): boolean {
    return this.#phase(scenario, name).measured;
  }

  /** When the phase was, as far as is known by now. */
  spansOf(scenario: string, name: string): readonly Span[] {
    return this.#phase(scenario, name).spans;
  }

  /** The phases of a scenario that are marked as measured. */
  measuredOf(scenario: string): readonly KnownPhase[] {
    const known = this.#scenario(scenario);
    return (known.measured ??= [...this.#marks.values()].flatMap(([mark]) =>
      mark?.scenario === scenario && mark.measured ? [this.#phase(scenario, mark.name)] : [],
    ));
  }

  /** Asked for every request and iteration of a run: worked out once, until a mark is added. */
  #phase(scenario: string, name: string): KnownPhase {
    const { phases } = this.#scenario(scenario);
    const known = phases.get(name);
    if (known !== undefined) return known;
    const marks = this.#marks.get(phaseKey(scenario, name)) ?? [];
    const measured = marks[0]?.measured ?? plannedAsMeasured(this.#plan, scenario, name) ?? false;
    const phase = { name, measured, spans: this.#spans(marks) };
    phases.set(name, phase);
    return phase;
  }

  #scenario(name: string): KnownScenario {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const scenario = { phases: new Map<string, KnownPhase>() };
    this.#known.set(name, scenario);
    return scenario;
  }

  /** In order of start. */
  all(): readonly Phase[] {
    const phases = [...this.#marks.values()].flatMap((marks) => {
      const [first] = marks;
      if (first === undefined) return [];
      const { scenario, name } = first;
      const measured = this.isMeasured(scenario, name);
      const clipped = marks.some((mark) => mark.end > this.#endOf(mark));
      return [{ scenario, name, measured, spans: this.#spans(marks), marks, clipped }];
    });
    return phases.sort((a, b) => startOf(a) - startOf(b));
  }

  /** The measured windows of all scenarios, disjoint. */
  measuredWindows(): readonly Span[] {
    return union(this.all().flatMap(({ measured, spans }) => (measured ? spans : [])));
  }

  #spans(marks: readonly PhaseMark[]): readonly Span[] {
    const spans = marks.map((mark) => ({ start: mark.start, end: this.#endOf(mark) }));
    return spans.filter(({ start, end }) => end >= start).sort((a, b) => a.start - b.start);
  }

  /** Phases that end by work done, not by time, end where the drain begins. */
  #endOf({ scenario, name, end }: PhaseMark): number {
    const drain = name === DRAIN ? Infinity : (this.#drains.get(scenario) ?? Infinity);
    return Math.min(end, drain, name === DRAIN ? Infinity : this.#end);
  }
}

export function phaseKey(scenario: string, name: string): string {
  return `${scenario}\u0000${name}`;
}

function startOf({ marks }: Phase): number {
  return Math.min(...marks.map(({ start }) => start));
}
