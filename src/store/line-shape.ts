/**
 * What each line of `run.jsonl` must have for the rest of the program to read it without asking. The
 * file may come from elsewhere, or may have been edited; there are millions of lines, so each is
 * looked at once, without making an object. Types that are not known pass: they are of a later version.
 */
import type { RunLine } from "../core/records.ts";

type Holds = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Holds>>;

interface Shape {
  readonly must: readonly (readonly [string, Holds])[];
  readonly may: readonly (readonly [string, Holds])[];
}

const text: Holds = (value) => typeof value === "string";
const flag: Holds = (value) => typeof value === "boolean";
/** Not `1e999`, which JSON.parse takes for infinite. */
const number: Holds = (value) => typeof value === "number" && Number.isFinite(value);
const numberOrNull: Holds = (value) => value === null || number(value);
const some: Holds = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function listOf(holds: Holds): Holds {
  return (value) => {
    if (!Array.isArray(value)) return false;
    for (const one of value as readonly unknown[]) if (!holds(one)) return false;
    return true;
  };
}

function mapOf(holds: Holds): Holds {
  return (value) => some(value) && Object.values(value as object).every(holds);
}

function shape(must: Fields, may: Fields = {}): Shape {
  return { must: Object.entries(must), may: Object.entries(may) };
}

function object(must: Fields, may: Fields = {}): Holds {
  const whole = shape(must, may);
  return (value) =>
    some(value) && wrongField(value as Readonly<Record<string, unknown>>, whole) === undefined;
}

/** The long lists are of numbers: a call for each of them would cost more than the rest of the line. */
const numbers: Holds = (value) => {
  if (!Array.isArray(value)) return false;
  for (const one of value as readonly unknown[])
    if (typeof one !== "number" || one - one !== 0) return false;
  return true;
};
const texts = listOf(text);
const flags = mapOf(flag);
const count = object({ count: number, source: text });
const succeeded = object({ ok: flag, finish: text });
const failed = object({ ok: flag, failure: text, message: text });
const outcome: Holds = (value) => {
  const ok = (value as { readonly ok?: unknown } | null)?.ok;
  return ok === true ? succeeded(value) : ok === false && failed(value);
};
const histogram = object({ upTo: numbers, counts: numbers, sum: number });

const SHAPES: Readonly<Record<RunLine["type"], Shape>> = {
  header: shape(
    { run: text, plimsoll: text, startedAt: text, plan: some, planHash: text, environment: some },
    { salt: text, command: texts, repeat: object({ index: number, of: number, group: text }) },
  ),
  target: shape({
    at: number,
    identity: object(
      { kind: text, url: text },
      {
        via: text,
        server: text,
        build: text,
        model: text,
        modelRoot: text,
        slots: number,
        contextTokens: number,
        command: texts,
        pid: number,
        modelFile: object({ path: text, bytes: number }),
        readyMs: number,
      },
    ),
  }),
  phase: shape(
    { scenario: text, name: text, start: number, end: number, measured: flag },
    { targetRate: numbers, planned: number },
  ),
  request: shape(
    {
      scenario: text,
      phase: text,
      iteration: number,
      request: number,
      vu: number,
      worker: number,
      api: text,
      sent: number,
      ended: number,
      outcome,
      bytes: number,
    },
    {
      attempt: number,
      firstAttempt: object({ sent: number }, { scheduled: number }),
      retryIn: number,
      scheduled: number,
      connect: number,
      headers: number,
      firstContent: number,
      lastContent: number,
      firstAnswer: number,
      contentGapsUs: numbers,
      contentTokens: numbers,
      perEvent: text,
      status: number,
      output: count,
      prompt: count,
      cached: count,
      reasoning: count,
      hidden: count,
      choices: number,
      asked: object({}, { output: number, prompt: number, fresh: number, exact: flag }),
      items: number,
      server: object({}, { promptMs: number, predictedMs: number, queueMs: number }),
      notes: listOf(object({ code: text })),
      resent: flag,
      retryAfter: text,
      checks: flags,
      tags: mapOf(text),
    },
  ),
  iteration: shape(
    { scenario: text, phase: text, iteration: number, outcome: text },
    { vu: number, scheduled: number, started: number, ended: number, checks: flags, error: text },
  ),
  canary: shape(
    { prompt: number, worker: number, sent: number, ended: number, outcome },
    {
      status: number,
      textHash: text,
      excerpt: text,
      promptTokens: count,
      cachedTokens: count,
      outputTokens: count,
      checks: flags,
    },
  ),
  sample: shape({ at: number, source: text, metric: text, value: numberOrNull }),
  readings: shape({ source: text, metrics: texts, rows: listOf(listOf(numberOrNull)) }),
  histograms: shape({ at: number, source: text, histograms: mapOf(histogram) }),
  source: shape(
    { at: number, source: text, kind: text, available: flag },
    {
      reason: text,
      advice: text,
      gives: texts,
      counters: texts,
      missing: mapOf(text),
      device: object({}, { uuid: text, name: text, index: number }),
      interval: number,
      account: some,
    },
  ),
  fingerprint: shape({ at: number, fields: some }),
  warning: shape({ at: number, code: text, message: text }),
  event: shape({ at: number, name: text, message: text }, { exitCode: number, signal: text }),
  footer: shape({ at: number, reason: text }, { message: text }),
};

const BY_TYPE: ReadonlyMap<string, Shape> = new Map(Object.entries(SHAPES));

/** What keeps a line from being read, in words; undefined where nothing does. */
export function wrongInLine(line: RunLine): string | undefined {
  const type: unknown = line.type;
  if (typeof type !== "string") return `its "type" is not text`;
  const whole = BY_TYPE.get(type);
  if (whole === undefined) return undefined;
  const fields = line as unknown as Readonly<Record<string, unknown>>;
  const field = wrongField(fields, whole);
  if (field === undefined) return undefined;
  return `"${field}" of a ${type} line ${fields[field] === undefined ? "is missing" : "has a value that cannot be"}`;
}

function wrongField(
  value: Readonly<Record<string, unknown>>,
  { must, may }: Shape,
): string | undefined {
  for (const [name, holds] of must) if (!holds(value[name])) return name;
  for (const [name, holds] of may) {
    // What was not a number when it was written is null in the file: absent.
    const given = value[name] ?? undefined;
    if (given !== undefined && !holds(given)) return name;
  }
  return undefined;
}
