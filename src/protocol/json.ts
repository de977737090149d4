/** Reading JSON of unknown shape without trusting it. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** The server's bytes are not what its protocol allows: the request fails as `protocol_error`. */
export class MalformedAnswer extends Error {
  override readonly name = "MalformedAnswer";
}

const EXCERPT = 60;

/** @throws MalformedAnswer when the text is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const start = JSON.stringify(text.slice(0, EXCERPT));
    throw new MalformedAnswer(`not JSON: ${start}${text.length > EXCERPT ? "…" : ""}`, { cause });
  }
}

/**
 * The object in the data of an event. Undefined for anything else: blank data, and the `null` that
 * llama.cpp sends before the answers to several prompts.
 *
 * @throws MalformedAnswer when the data is neither blank nor JSON
 */
export function objectIn(data: string): JsonObject | undefined {
  return data.trim() === "" ? undefined : asObject(parseJson(data));
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A finite, non-negative number, or undefined: counts and durations are never anything else. */
export function asCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** The row of a table under a name that came from a server; never what every object inherits. */
export function rowOf<Row>(table: Readonly<Record<string, Row>>, name: unknown): Row | undefined {
  return typeof name === "string" && Object.hasOwn(table, name) ? table[name] : undefined;
}
