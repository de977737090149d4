/**
 * Windows and items as compact text for files: whole numbers of variable length (LEB128), in
 * base64. The same values always give the same text.
 */
import { usageError } from "../../core/errors.ts";
import { itemMetrics, type Item } from "./items.ts";
import { WIDE_BUCKETS } from "../../stats/log-buckets.ts";
import { windowMetrics, type Window, type WindowMetric, type Windows } from "./windows.ts";

export class NumberWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  /** @param value a whole number from 0 to 2^53 - 1 */
  put(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#byte(rest);
  }

  toString(): string {
    return Buffer.from(this.#bytes.subarray(0, this.#length)).toString("base64");
  }

  #byte(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }
}

export class NumberReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, "base64");
  }

  /** @throws PlimsollError (usage) when there is no more */
  take(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined || factor > 2 ** 49) throw damagedData();
      this.#at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }
}

function damagedData(): Error {
  return usageError(
    "the packed data end too early: the file is damaged",
    "restore it from version control, or save it again from its runs",
  );
}

export function packWindows({ width, windows }: Windows): string {
  const out = new NumberWriter();
  out.put(width);
  out.put(windows.length);
  for (const window of windows) {
    const { ms, ended, failed, sloMet, tokens } = window;
    for (const value of [ms, ended, failed, sloMet, tokens]) out.put(Math.round(value));
    for (const metric of windowMetrics) putHistogram(out, window.histograms[metric]);
  }
  return out.toString();
}

/** Distance from the bucket before, and the count, of every bucket that is not empty. */
function putHistogram(out: NumberWriter, counts: Uint32Array | undefined): void {
  out.put(counts?.reduce((filled, count) => filled + (count > 0 ? 1 : 0), 0) ?? 0);
  let before = 0;
  counts?.forEach((count, bucket) => {
    if (count === 0) return;
    out.put(bucket - before);
    out.put(count);
    before = bucket;
  });
}

/** @throws PlimsollError (usage) when the text is damaged */
export function unpackWindows(text: string): Windows {
  const input = new NumberReader(text);
  const width = input.take();
  const count = input.take();
  const windows: Window[] = [];
  for (let i = 0; i < count; i += 1) windows.push(takeWindow(input));
  return { width, windows };
}

function takeWindow(input: NumberReader): Window {
  const [ms, ended, failed] = [input.take(), input.take(), input.take()];
  const [sloMet, tokens] = [input.take(), input.take()];
  const histograms: Partial<Record<WindowMetric, Uint32Array>> = {};
  for (const metric of windowMetrics) {
    const counts = takeHistogram(input);
    if (counts !== undefined) histograms[metric] = counts;
  }
  return { ms, ended, failed, sloMet, tokens, histograms };
}

function takeHistogram(input: NumberReader): Uint32Array | undefined {
  const filled = input.take();
  if (filled === 0) return undefined;
  const counts = new Uint32Array(WIDE_BUCKETS);
  let bucket = 0;
  for (let i = 0; i < filled; i += 1) {
    bucket += input.take();
    if (bucket >= WIDE_BUCKETS) throw damagedData();
    counts[bucket] = input.take();
  }
  return counts;
}

/** Values as thousandths of e: within 0.05 %. 0 is "absent". */
const PER_E = 1000;
const LOWEST_LOG = Math.log(1e-4);

export function packItems(items: readonly Item[]): string {
  const out = new NumberWriter();
  out.put(items.length);
  let before = { scenario: 0, iteration: 0 };
  for (const { scenario, iteration, request, values } of items) {
    const same = scenario === before.scenario;
    out.put(scenario - before.scenario);
    out.put(iteration - (same ? before.iteration : 0));
    out.put(request);
    for (const value of values) out.put(logStep(value));
    before = { scenario, iteration };
  }
  return out.toString();
}

function logStep(value: number | undefined): number {
  if (value === undefined || value <= 0) return 0;
  return 1 + Math.max(0, Math.round((Math.log(value) - LOWEST_LOG) * PER_E));
}

function valueOf(step: number): number | undefined {
  return step === 0 ? undefined : Math.exp((step - 1) / PER_E + LOWEST_LOG);
}

/** @throws PlimsollError (usage) when the text is damaged */
export function unpackItems(text: string): readonly Item[] {
  const input = new NumberReader(text);
  const count = input.take();
  const items: Item[] = [];
  let scenario = 0;
  let iteration = 0;
  for (let i = 0; i < count; i += 1) {
    const step = input.take();
    iteration = (step > 0 ? 0 : iteration) + input.take();
    scenario += step;
    const request = input.take();
    items.push({
      scenario,
      iteration,
      request,
      values: itemMetrics.map(() => valueOf(input.take())),
    });
  }
  return items;
}
