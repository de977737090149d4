/**
 * A run cut into windows of time, each with mergeable histograms and counts: from them come the
 * standard errors within the run, since neighbouring requests are alike and windows much less so.
 */
import { contains, overlap, type Span } from "../collect/spans.ts";
import type { Arrivals, TokenGaps } from "../collect/token-columns.ts";
import { bucketOf, WIDE_BUCKETS, wideOf } from "../../stats/log-buckets.ts";

/** What is kept as a histogram, and the metric it is drawn as. */
export const windowMetrics = ["ttft_scheduled", "ttft", "itl", "tpot", "e2e"] as const;
export type WindowMetric = (typeof windowMetrics)[number];

export interface Window {
  /** Measured time in it, ms. */
  readonly ms: number;
  /** Requests that were due (else sent) in it and ended; those that failed; that met the SLO. */
  readonly ended: number;
  readonly failed: number;
  readonly sloMet: number;
  /** Output tokens received in it. */
  readonly tokens: number;
  /** Counts by bucket; absent where nothing was measured. */
  readonly histograms: Readonly<Partial<Record<WindowMetric, Uint32Array>>>;
}

export interface Windows {
  /** Length of a window, ms. */
  readonly width: number;
  readonly windows: readonly Window[];
}

/** First width, ms; it doubles whenever there would be more than MOST_OPEN windows. */
const FINEST = 250;
const MOST_OPEN = 256;
/** Kept in the end: enough for a standard error, few enough for a file. */
const MOST_KEPT = 120;
/** Windows shorter than this are merged as long as ENOUGH are left. */
const SHORT = 1000;
const ENOUGH = 20;

type Count = "ended" | "failed" | "sloMet" | "tokens";

type OpenWindow = Record<Count, number> & {
  histograms: Partial<Record<WindowMetric, Uint32Array>>;
};

export class WindowCollector {
  #width = FINEST;
  #windows: OpenWindow[] = [];
  readonly #start: number;

  /** @param start where the first window begins, ms since the run's origin */
  constructor(start: number) {
    this.#start = start;
  }

  count(at: number, what: Count, amount: number): void {
    this.#at(at)[what] += amount;
  }

  value(at: number, metric: WindowMetric, value: number, times = 1): void {
    const { histograms } = this.#at(at);
    const histogram = (histograms[metric] ??= new Uint32Array(WIDE_BUCKETS));
    const bucket = wideOf(bucketOf(value));
    histogram[bucket] = (histogram[bucket] ?? 0) + times;
  }

  /** Adds a column of values, each as often as the other column says, to the window of `at`. */
  values(at: number, metric: WindowMetric, { bucket, times, length }: TokenGaps): void {
    if (length === 0) return;
    const { histograms } = this.#at(at);
    const histogram = (histograms[metric] ??= new Uint32Array(WIDE_BUCKETS));
    for (let i = 0; i < length; i += 1) {
      const wide = wideOf(bucket[i] ?? 0);
      histogram[wide] = (histogram[wide] ?? 0) + (times[i] ?? 0);
    }
  }

  /** Counts the tokens that arrived inside these spans, where they arrived. */
  tokens({ at, tokens, length }: Arrivals, within: readonly Span[]): void {
    let from = 0;
    while (from < length) {
      const first = at[from] ?? NaN;
      if (!contains(within, first)) {
        from += 1;
        continue;
      }
      const window = this.#at(first);
      const span = within.find(({ start, end }) => first >= start && first < end);
      const edge = this.#start + (this.#indexOf(first) + 1) * this.#width;
      const end = Math.min(edge, span?.end ?? edge);
      do {
        window.tokens += tokens[from] ?? 0;
        from += 1;
      } while (from < length && (at[from] ?? NaN) < end);
    }
  }

  /** The windows that lie in the measured spans, or have something in them all the same. */
  finish(measured: readonly Span[]): Windows {
    const wide = (): boolean => this.#windows.length > MOST_KEPT;
    const short = (): boolean => this.#width < SHORT && this.#windows.length >= 2 * ENOUGH;
    while (wide() || short()) this.#double();
    const windows = this.#windows.map((window, i) => {
      const start = this.#start + i * this.#width;
      return { ...window, ms: overlap(measured, start, start + this.#width) };
    });
    return {
      width: this.#width,
      windows: windows.filter(({ ms, ended, tokens }) => ms > 0 || ended > 0 || tokens > 0),
    };
  }

  #at(at: number): OpenWindow {
    let index = this.#indexOf(at);
    while (index >= MOST_OPEN) {
      this.#double();
      index = this.#indexOf(at);
    }
    while (this.#windows.length <= index) this.#windows.push(emptyWindow());
    return this.#windows[index] ?? emptyWindow();
  }

  #indexOf(at: number): number {
    return Math.max(0, Math.floor((at - this.#start) / this.#width));
  }

  #double(): void {
    const merged: OpenWindow[] = [];
    for (let i = 0; i < this.#windows.length; i += 2) {
      const [a = emptyWindow(), b] = [this.#windows[i], this.#windows[i + 1]];
      if (b !== undefined) mergeInto(a, b);
      merged.push(a);
    }
    this.#windows = merged;
    this.#width *= 2;
  }
}

function emptyWindow(): OpenWindow {
  return { ended: 0, failed: 0, sloMet: 0, tokens: 0, histograms: {} };
}

function mergeInto(to: OpenWindow, from: OpenWindow): void {
  to.ended += from.ended;
  to.failed += from.failed;
  to.sloMet += from.sloMet;
  to.tokens += from.tokens;
  for (const metric of windowMetrics) {
    const theirs = from.histograms[metric];
    if (theirs === undefined) continue;
    const ours = (to.histograms[metric] ??= new Uint32Array(WIDE_BUCKETS));
    addCounts(ours, theirs);
  }
}

function addCounts(to: Uint32Array, from: Uint32Array): void {
  for (let i = 0; i < to.length; i += 1) to[i] = (to[i] ?? 0) + (from[i] ?? 0);
}

/** All windows of these runs in one histogram; undefined when none has the metric. */
export function mergedHistogram(
  all: readonly Windows[],
  metric: WindowMetric,
): Uint32Array | undefined {
  let sum: Uint32Array | undefined;
  for (const { windows } of all)
    for (const { histograms } of windows) {
      const one = histograms[metric];
      if (one === undefined) continue;
      sum ??= new Uint32Array(WIDE_BUCKETS);
      addCounts(sum, one);
    }
  return sum;
}
