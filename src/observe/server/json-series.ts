/** A page of metrics that is a JSON object: every number in it is a series. */
import { parsed } from "./pages.ts";
import { ownName, type Values } from "./read-names.ts";

export interface JsonSeries {
  /** Under `server_<place>`. */
  readonly values: Values;
  /** By place: `queue.depth`. */
  readonly places: ReadonlyMap<string, number>;
}

const DEEPEST = 4;
const MOST = 64;

/** Undefined for an answer without a number, and for one that tells of an error. */
export function jsonSeries(text: string): JsonSeries | undefined {
  const json = text.trimStart().startsWith("{") ? parsed(text) : undefined;
  if (!isObject(json) || json["error"] !== undefined) return undefined;
  const places = new Map(numbersIn(json, "", DEEPEST).slice(0, MOST));
  if (places.size === 0) return undefined;
  const values = Object.fromEntries([...places].map(([name, value]) => [ownName(name), value]));
  return { values, places };
}

function numbersIn(
  json: Readonly<Record<string, unknown>>,
  before: string,
  depth: number,
): (readonly [string, number])[] {
  return Object.entries(json).flatMap(([key, value]) => {
    if (typeof value === "number" && Number.isFinite(value)) return [[`${before}${key}`, value]];
    return isObject(value) && depth > 1 ? numbersIn(value, `${before}${key}.`, depth - 1) : [];
  });
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
