/** Collects readings until they are written, as one line a source. */
import { toMicros } from "../core/clock.ts";
import type { ReadingsLine } from "../core/records.ts";
import type { Reading } from "./source.ts";

export class ReadingsBook {
  readonly #pages = new Map<string, Reading[]>();

  add(reading: Reading): void {
    const page = this.#pages.get(reading.source);
    if (page === undefined) this.#pages.set(reading.source, [reading]);
    else page.push(reading);
  }

  /** Everything since the last call. */
  take(): readonly ReadingsLine[] {
    const lines = [...this.#pages].flatMap(([source, readings]) => lineOf(source, readings) ?? []);
    this.#pages.clear();
    return lines;
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
