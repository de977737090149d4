/** Collects readings until they are written, as one line a source. */
import { toMicros } from "../core/clock.ts";
import type { HistogramsLine, ReadingsLine } from "../core/telemetry-lines.ts";
import type { Reading } from "./source.ts";

/** Between two phase edges histograms are written so often, ms: a page of them is long. */
const HISTOGRAMS_EVERY = 10_000;

export class ReadingsCollector {
  readonly #pages = new Map<string, Reading[]>();
  readonly #histograms: HistogramsLine[] = [];
  readonly #written = new Map<string, number>();

  /** @param atEdge it was asked for, at a phase edge or by somebody */
  add(reading: Reading, atEdge = false): void {
    this.#addHistograms(reading, atEdge);
    const page = this.#pages.get(reading.source);
    if (page === undefined) this.#pages.set(reading.source, [reading]);
    else page.push(reading);
  }

  #addHistograms({ source, at, histograms }: Reading, atEdge: boolean): void {
    if (histograms === undefined) return;
    const before = this.#written.get(source) ?? -Infinity;
    if (!atEdge && at - before < HISTOGRAMS_EVERY) return;
    this.#written.set(source, at);
    this.#histograms.push({ type: "histograms", at: toMicros(at), source, histograms });
  }

  /** Everything since the last call. */
  take(): readonly (ReadingsLine | HistogramsLine)[] {
    const lines = [...this.#pages].flatMap(([source, readings]) => lineOf(source, readings) ?? []);
    this.#pages.clear();
    return [...lines, ...this.#histograms.splice(0)];
  }
}

function lineOf(source: string, readings: readonly Reading[]): ReadingsLine | undefined {
  const metrics = [...new Set(readings.flatMap(({ values }) => Object.keys(values)))].filter(
    (metric) => readings.some(({ values }) => finite(values[metric]) !== null),
  );
  if (metrics.length === 0) return undefined;
  const rows = readings.map(({ at, values }) => [
    toMicros(at),
    ...metrics.map((metric) => finite(values[metric])),
  ]);
  return { type: "readings", source, metrics, rows };
}

/** JSON knows no NaN and no Infinity: such a value was not measured. */
function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
