/** Numbers with their units, as every report shows them: sensibly rounded, never a bare number. */
import { formatBytes, formatMillis, significant } from "../../core/units.ts";

/** What absent values look like everywhere; never 0. */
export const ABSENT = "–";

/** A whole number, grouped in thousands. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `1 request`, `2 requests`. */
export function counted(count: number, noun: string): string {
  return `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * A share (0 to 1) as a percentage. What is not quite all or not quite nothing never rounds to
 * 100 % or 0 %: one failure in a million is not "0 % failed".
 */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0 || value === 100) return `${value} %`;
  if (value > 0 && value < 0.01) return "<0.01 %";
  if (value > 99.99 && value < 100) return ">99.99 %";
  const size = Math.abs(value);
  const decimals = size < 10 || (size > 99 && size < 100) ? 2 : 1;
  return `${value.toFixed(decimals)} %`;
}

const SUFFIX: Readonly<Record<string, string>> = {
  "tokens/s": " tokens/s",
  "items/s": " items/s",
  "1/s": "/s",
  tokens: " tokens",
  requests: " requests",
  iterations: " iterations",
  VUs: " VUs",
  "%": " %",
  W: " W",
  J: " J",
  "°C": " °C",
  MHz: " MHz",
  GiB: " GiB",
  s: " s",
  slots: " slots",
  cores: " cores",
  samples: " samples",
  processes: " processes",
};

/** Never shown as whole numbers, even where they happen to be. */
const MEASURED = new Set(["tokens/s", "items/s", "1/s", "%", "W", "J", "s", "cores", "GiB"]);

/** Three significant digits, except that counts which are whole stay whole. */
function rounded(value: number, unit: string): string {
  return Number.isInteger(value) && !MEASURED.has(unit) ? whole(value) : significant(value, 3);
}

/** A value of a metric's unit (core/metrics.ts) as text: `412 ms`, `0.33 %`, `640 tokens/s`. */
export function quantity(value: number, unit: string | undefined): string {
  if (unit === "ms") return value === 0 ? "0 ms" : formatMillis(value);
  if (unit === "ratio") return percent(value);
  if (unit === "bytes") return formatBytes(Math.round(value));
  if (unit === "bytes/s") return `${formatBytes(Math.round(value))}/s`;
  return `${rounded(value, unit ?? "")}${SUFFIX[unit ?? ""] ?? ""}`;
}

/** The same, split in number and unit, for places that set them differently. */
export function parts(value: number, unit: string): { readonly value: string; unit: string } {
  const text = quantity(value, unit);
  const [, number = text, rest = ""] = /^([<>]?-?[\d.,]+)([ /].*)?$/.exec(text) ?? [];
  return { value: number, unit: rest.trim() };
}

/** `[128, 141 ms]`: the unit once where both ends have the same. */
export function rangeText(low: number, high: number, unit: string | undefined): string {
  return bracketed(quantity(low, unit), quantity(high, unit));
}

/** Two amounts as one range; what is said twice behind the numbers is said once. */
export function bracketed(low: string, high: string): string {
  const [, number = low, rest = ""] = /^([−+-]?[\d.,]+)(\D*)$/.exec(low) ?? [];
  return rest !== "" && high.endsWith(rest) ? `[${number}, ${high}]` : `[${low}, ${high}]`;
}

/** A limit as somebody wrote it: without the zeros that would claim a precision. */
export function limitText(value: number, unit: string | undefined): string {
  return quantity(value, unit)
    .replace(/(\.\d*?)0+(?!\d)/, "$1")
    .replace(/\.(?!\d)/, "");
}

/** Time into the traffic: `0:05`, `1:02:03`. */
export function elapsed(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const sixtieth = (value: number): string => String(value % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const head = minutes >= 60 ? `${Math.floor(minutes / 60)}:${sixtieth(minutes)}` : String(minutes);
  return `${ms < 0 && seconds > 0 ? "-" : ""}${head}:${sixtieth(seconds)}`;
}
