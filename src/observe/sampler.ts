/** Reads many sources, each at its own pace, and hands on what they say in lines of a run file. */
import type { Clock } from "../core/clock.ts";
import type { RunLine } from "../core/records.ts";
import { ReadingsCollector } from "./readings-collector.ts";
import type { Source, Tier } from "./source.ts";
import { Watch } from "./watch.ts";

export interface SamplerOptions {
  readonly clock: Clock;
  /** How long this thread has worked, ms; only differences are used. */
  readonly worked: () => number;
  readonly intervals: Readonly<Record<Tier, number>>;
  readonly onLines: (lines: readonly RunLine[]) => void;
}

/** Lines are handed on so often, ms. */
const BATCH = 1000;
/** A read that takes longer hangs, ms. Sources over the network give up before that themselves. */
const PATIENCE = 10_000;
/** Nobody waits longer than this for readings that were asked for, ms. */
const ASKED_PATIENCE = 3000;

export class Sampler {
  readonly #clock: Clock;
  readonly #sources: readonly Source[];
  readonly #watches: readonly Watch[];
  readonly #collector = new ReadingsCollector();
  readonly #lines: RunLine[] = [];
  readonly #onLines: SamplerOptions["onLines"];
  readonly #stopped = new AbortController();

  /** Begins at once. */
  constructor(sources: readonly Source[], options: SamplerOptions) {
    const { clock, worked, intervals, onLines } = options;
    this.#clock = clock;
    this.#onLines = onLines;
    this.#sources = sources;
    const setting = {
      ...{ clock, worked, intervals, patience: PATIENCE },
      onReading: this.#collector.add.bind(this.#collector),
      onLine: (line: RunLine): void => {
        this.#lines.push(line);
      },
    };
    this.#watches = sources.map((source) => new Watch(source, setting));
    void this.#flushOften();
  }

  /** Phase edges, ms on the clock: every source is read as near to them as possible. */
  addEdges(moments: readonly number[]): void {
    for (const watch of this.#watches) watch.addEdges(moments);
  }

  /** Reads every source now and hands the readings on; does not wait for one that hangs. */
  async readNow(): Promise<void> {
    const patience = new AbortController();
    const limit = this.#clock.sleepUntil(this.#clock.now() + ASKED_PATIENCE, patience.signal);
    await Promise.race([Promise.all(this.#watches.map((watch) => watch.readNow())), limit]);
    patience.abort();
    this.#flush();
  }

  /** Reads once more, closes the sources and hands on the rest, their accounts last. */
  async stop(): Promise<void> {
    await this.readNow();
    for (const watch of this.#watches) watch.stop();
    this.#stopped.abort();
    this.#lines.push(...this.#watches.flatMap((watch) => watch.accounts()));
    this.#flush();
    const patience = new AbortController();
    const limit = this.#clock.sleepUntil(this.#clock.now() + ASKED_PATIENCE, patience.signal);
    const closed = Promise.allSettled(this.#sources.map(async (source) => source.close()));
    await Promise.race([closed, limit]);
    patience.abort();
  }

  async #flushOften(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.#clock.sleepUntil(this.#clock.now() + BATCH, this.#stopped.signal);
      this.#flush();
    }
  }

  #flush(): void {
    const lines = [...this.#collector.take(), ...this.#lines.splice(0)];
    if (lines.length > 0) this.#onLines(lines);
  }
}
