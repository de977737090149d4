/**
 * One NVIDIA device: which figures it has is found out once, and what does not answer later is
 * given up for good, given up with the device, or asked again next time, as NVML's code says.
 */
import type { Reading, SourceFacts, Tier } from "../../source.ts";
import { nvmlText, outcomeOf, type NvmlOutcome } from "./nvml-codes.ts";
import { FieldValues } from "./nvml-fields.ts";
import type { NvmlLibrary } from "./nvml-library.ts";
import { processLister } from "./nvml-processes.ts";
import type { Figure, Values, Way } from "./nvml-figure.ts";
import { candidateFields, figuresOf } from "./nvml-ways.ts";

export interface DeviceIdentity {
  readonly index: number;
  readonly handle: bigint;
  readonly uuid?: string;
  readonly name?: string;
}

interface FigureState {
  readonly figure: Figure;
  /** The way that works here; absent when none does. */
  way: Way | undefined;
  /** Why it gives nothing now. */
  reason: string | undefined;
}

interface ChosenWay {
  readonly index: number;
  readonly code: number;
}

export class NvmlDevice {
  readonly #identity: DeviceIdentity;
  readonly #fields: FieldValues;
  readonly #states: readonly FigureState[];
  /** Series seen in a reading at least once. */
  readonly #seen = new Set<string>();
  #lost: string | undefined;
  #restarts = 0;

  constructor(
    library: NvmlLibrary,
    identity: DeviceIdentity,
    isServers: ((pid: number) => boolean) | undefined,
  ) {
    const { handle } = identity;
    this.#identity = identity;
    this.#fields = new FieldValues(library.functions.fieldValues, handle, candidateFields);
    const figures = figuresOf({
      library,
      handle,
      fields: this.#fields,
      listProcesses: processLister(library, handle, isServers),
      onRestart: () => {
        this.#restarts += 1;
      },
    });
    this.#states = this.#tryAll(figures);
  }

  get source(): string {
    return `nvml:${String(this.#identity.index)}`;
  }

  /** Why the device is no longer read; undefined while it is. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** What it has given so far, and why not the rest. */
  get facts(): SourceFacts {
    const { index, uuid, name } = this.#identity;
    const missing = this.#states.flatMap(({ figure, reason }) =>
      figure.gives
        .filter((series) => !this.#seen.has(series))
        .map((series) => [series, this.#lost ?? reason ?? whyPartly(series)] as const),
    );
    return {
      source: this.source,
      kind: "nvml",
      gives: [...this.#seen],
      missing: Object.fromEntries(missing),
      device: {
        index,
        ...(uuid !== undefined && { uuid }),
        ...(name !== undefined && { name }),
      },
    };
  }

  /** The values of a tier now; undefined when the device is lost or answers nothing. */
  read(tier: Tier, now: () => number): Reading | undefined {
    if (this.#lost !== undefined) return undefined;
    const began = now();
    if (tier === "fast") this.#fields.refresh();
    const values: Values = {};
    for (const state of this.#states) {
      if (state.figure.tier === tier) this.#take(state, values);
    }
    const at = (began + now()) / 2;
    for (const series of Object.keys(values)) this.#seen.add(series);
    if (Object.keys(values).length === 0) return undefined;
    return { source: this.source, at, values, epoch: String(this.#restarts) };
  }

  /** Why figures of this tier are missing now, in one line. */
  troubles(tier: Tier): string {
    if (this.#lost !== undefined) return this.#lost;
    const reasons = this.#states
      .filter(({ figure }) => figure.tier === tier)
      .flatMap(({ reason }) => reason ?? []);
    return [...new Set(reasons)].join("; ");
  }

  #take(state: FigureState, values: Values): void {
    if (state.way === undefined || this.#lost !== undefined) return;
    const code = state.way(values);
    const outcome = outcomeOf(code);
    state.reason = outcome === "ok" ? undefined : nvmlText(code);
    if (outcome === "unsupported") state.way = undefined;
    if (outcome === "lost") this.#lost = nvmlText(code);
  }

  #tryAll(figures: readonly Figure[]): readonly FigureState[] {
    this.#fields.refresh();
    const wanted = new Set<number>();
    const states = figures.map((figure): FigureState => {
      const chosen = this.#choose(figure);
      const outcome = outcomeOf(chosen.code);
      if (outcome === "lost") this.#lost = nvmlText(chosen.code);
      if (outcome === "ok" || outcome === "retry") {
        for (const field of figure.fieldsOf?.(chosen.index) ?? []) wanted.add(field);
        const way = figure.ways[chosen.index];
        return { figure, way, reason: outcome === "ok" ? undefined : nvmlText(chosen.code) };
      }
      return { figure, way: undefined, reason: nvmlText(chosen.code) };
    });
    this.#fields.choose([...wanted]);
    return states;
  }

  /** The first way that works; else the first that may work later; else the first. */
  #choose(figure: Figure): ChosenWay {
    const tried: (ChosenWay & { readonly outcome: NvmlOutcome })[] = [];
    for (const [index, way] of figure.ways.entries()) {
      const values: Values = {};
      const code = way(values);
      if (code === 0) {
        for (const series of Object.keys(values)) this.#seen.add(series);
        return { index, code };
      }
      tried.push({ index, code, outcome: outcomeOf(code) });
    }
    return (
      tried.find(({ outcome }) => outcome === "retry" || outcome === "lost") ??
      tried[0] ?? { index: 0, code: 0 }
    );
  }
}

/** Why a series may be missing although its call is answered. */
function whyPartly(series: string): string {
  if (series === "gpu_server_memory" || series === "gpu_foreign_memory") {
    return "which processes are the server's is not known here, or their memory is not";
  }
  return "the device answers without it";
}
