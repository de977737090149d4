/** Durations and numbers as people write and read them. */

/** Bytes. */
export const GIB = 1024 ** 3;

/** k6's duration units, in ms. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 3.6e6,
  d: 8.64e7,
};

const DURATION = /^(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h|d)/;

/**
 * Parses a k6 duration: Go syntax plus `d` (`1m30s`, `500ms`, `1.5h`); a bare number is
 * milliseconds.
 *
 * @returns milliseconds, or undefined when the text is not a duration (negative ones are not)
 */
export function parseDuration(text: string | number): number | undefined {
  if (typeof text === "number") return Number.isFinite(text) && text >= 0 ? text : undefined;
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  let rest = trimmed;
  let total = 0;
  while (rest !== "") {
    const part = DURATION.exec(rest)?.[0];
    if (part === undefined) return undefined;
    const number = parseFloat(part);
    const unit = UNITS[part.replace(/^[\d.]+/, "")];
    if (unit === undefined) return undefined;
    total += number * unit;
    rest = rest.slice(part.length);
  }
  return trimmed === "" ? undefined : total;
}

/** Milliseconds as a person reads them: `12.3 ms`, `1.24 s`, `2m 05s`. */
export function formatMillis(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1) return `${(ms * 1000).toFixed(0)} µs`;
  if (size < 1000) return `${significant(ms, 3)} ms`;
  if (size < 60_000) return `${significant(ms / 1000, 3)} s`;
  const minutes = Math.floor(size / 60_000);
  const seconds = Math.round((size - minutes * 60_000) / 1000);
  return `${ms < 0 ? "-" : ""}${minutes}m ${String(seconds).padStart(2, "0")}s`;
}

/** Bytes with a binary unit: `12.0 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${units[unit] ?? ""}`;
}

/** A number to so many significant digits, without exponent, grouped in thousands. */
export function significant(value: number, digits: number): string {
  if (value === 0) return "0";
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.max(0, digits - 1 - magnitude);
  return formatOf(decimals).format(value);
}

/** Making one takes longer than a thousand uses of it. */
const formats = new Map<number, Intl.NumberFormat>();

function formatOf(decimals: number): Intl.NumberFormat {
  const known = formats.get(decimals);
  if (known !== undefined) return known;
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const made = new Intl.NumberFormat("en-US", digits);
  formats.set(decimals, made);
  return made;
}
