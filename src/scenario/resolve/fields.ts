/** The kinds of value an options object is made of, each with a message that says what fits. */
import { z } from "zod";
import { parseDuration } from "../../core/units.ts";
import { suggestName } from "../nearest.ts";

/** A value that `parse` understands; `expected` completes "expected ...". */
function field<Value>(expected: string, parse: (value: unknown) => Value | undefined) {
  return z.unknown().transform((value, context): Value => {
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    const message =
      value === undefined
        ? `is missing: give ${expected}`
        : `expected ${expected}, got ${show(value)}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

/** A value as the message of an error shows it. */
export function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "number" || value === undefined) return String(value);
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A whole number from `min`. */
export function integer(min: number) {
  return field(`a whole number from ${min}`, (value) =>
    Number.isSafeInteger(value) && (value as number) >= min ? (value as number) : undefined,
  );
}

/** A number above 0. */
export const positive = field("a number above 0", (value) =>
  typeof value === "number" && value > 0 && Number.isFinite(value) ? value : undefined,
);

/** A duration in ms, at least `min` ms. */
export function duration(min = 0) {
  const limit = min === 0 ? "" : ` of at least ${min < 1000 ? "1ms" : "1s"}`;
  return field(`a duration${limit} ("30s", "1m30s"; a bare number is ms)`, (value) => {
    if (typeof value !== "string" && typeof value !== "number") return undefined;
    const parsed = parseDuration(value);
    return parsed !== undefined && parsed >= min ? parsed : undefined;
  });
}

export const text = field("a text", (value) => (typeof value === "string" ? value : undefined));

export const flag = field("true or false", (value) =>
  typeof value === "boolean" ? value : undefined,
);

/** k6's rule for names of scenarios and functions; ours for phases too. */
export const name = field("a name of letters, digits, _ and -", (value) =>
  typeof value === "string" && /^[0-9a-zA-Z_-]+$/.test(value) ? value : undefined,
);

export function oneOf<const Name extends string>(names: readonly Name[]) {
  return field(`one of ${names.join(", ")}`, (value) => names.find((one) => one === value));
}

/** A text that is to be found, or a regular expression that is to match; as the plan stores it. */
export const expectedText = field("a text or a regular expression", (value) => {
  if (typeof value === "string" && value !== "") return { text: value };
  // A scenario file may come from another realm, whose RegExp is not ours.
  if (Object.prototype.toString.call(value) !== "[object RegExp]") return undefined;
  const { source, flags } = value as RegExp;
  // g and y would make the answer depend on the reply before.
  return { pattern: source, flags: flags.replace(/[gy]/g, "") };
});

/** Names to texts; k6 also takes numbers and booleans as values of tags and env. */
export const texts = z.record(
  z.string(),
  field("a text", (value) =>
    ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined,
  ),
  { error: notAnObject },
);

/** An object with these keys and no others; a wrong key is answered with the nearest right one. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys
            .map((key) => `unknown key "${key}"; ${suggestName(key, Object.keys(shape))}`)
            .join("; ")
        : notAnObject(issue),
  });
}

/** Names to values of one kind. */
export function byName<Value extends z.ZodType>(value: Value) {
  return z.record(z.string(), value, { error: notAnObject });
}

export function listOf<Value extends z.ZodType>(value: Value) {
  return z.array(value, { error: (issue) => `expected a list, got ${show(issue.input)}` });
}

function notAnObject(issue: { readonly code?: string | undefined; readonly input?: unknown }) {
  return issue.code === "invalid_type" ? `expected an object, got ${show(issue.input)}` : undefined;
}
