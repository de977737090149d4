/**
 * A baseline as the text of its file, made to be committed and reviewed: first what a person reads in
 * a diff, then the runs' figures, last the packed data. Equal baselines have equal texts.
 */
import type { Fingerprint } from "../../core/fingerprint.ts";
import { usageError } from "../../core/errors.ts";
import { canonicalJson, sha256 } from "../../scenario/hash.ts";
import { sharedFingerprint } from "../compare/comparable.ts";
import { estimates } from "../compare/gather.ts";
import { levelOf } from "../compare/level.ts";
import { defaultRules } from "../compare/rules.ts";
import { scaleOf } from "../compare/scale.ts";
import type { PackedData, RunDigest } from "../digest/digest.ts";
import { present } from "../../core/present.ts";
import { withoutData, type Baseline, type Calibration } from "./baseline.ts";
import { tidyJson } from "./tidy-json.ts";

export const BASELINE_SCHEMA = "plimsoll.baseline/1";

type StoredRun = Omit<RunDigest, "data">;

interface BaselineFile {
  readonly schema: string;
  readonly name: string;
  readonly scenario: string;
  /** For people: the level of each figure that is judged. Computed from `accepted`. */
  readonly summary: Readonly<Record<string, SummaryRow>>;
  /** Fields that all runs share; a run has only those of its own. */
  readonly fingerprint: Fingerprint;
  readonly accepted: readonly StoredRun[];
  readonly anchor: readonly StoredRun[];
  readonly calibration?: Calibration;
  /** By run: windows and items (docs/baselines.md). */
  readonly data: Readonly<Record<string, PackedData>>;
  /** SHA-256 of the canonical JSON of all other fields. */
  readonly checksum: string;
}

interface SummaryRow {
  readonly unit: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly runs: number;
}

export function baselineText(baseline: Baseline): string {
  const { name, scenario, accepted, anchor, calibration } = baseline;
  const fingerprint = sharedFingerprint([...accepted, ...anchor]);
  const packed = accepted.flatMap(({ run, data }) => (data === undefined ? [] : [[run, data]]));
  const content = {
    schema: BASELINE_SCHEMA,
    name,
    scenario,
    summary: summaryOf(accepted),
    fingerprint,
    accepted: accepted.map((run) => stored(run, fingerprint)),
    anchor: anchor.map((run) => stored(run, fingerprint)),
    ...present({ calibration }),
    data: Object.fromEntries(packed) as BaselineFile["data"],
  };
  return `${tidyJson({ ...content, checksum: checksumOf(content) })}\n`;
}

function stored(digest: RunDigest, shared: Fingerprint): StoredRun {
  const own = Object.entries(digest.fingerprint).filter(([field]) => !(field in shared));
  return { ...withoutData(digest), fingerprint: Object.fromEntries(own) };
}

/** Without `checksum` itself, which must not be in it. */
function checksumOf(content: object): string {
  return `sha256:${sha256(canonicalJson(JSON.parse(JSON.stringify(content))))}`;
}

function summaryOf(runs: readonly RunDigest[]): BaselineFile["summary"] {
  const rows = defaultRules.flatMap((rule) => {
    const values = estimates(runs, rule.id);
    const scaled = values.some(({ value }) => value <= 0)
      ? { ...rule, scale: "linear" as const }
      : rule;
    const level = levelOf(values, scaleOf(scaled, 1), 0.05);
    if (level === undefined) return [];
    const { value, low, high } = level;
    const row = { unit: rule.unit, value: short(value), low: short(low), high: short(high) };
    return [[rule.id, { ...present(row), runs: level.runs }]];
  });
  return Object.fromEntries(rows) as BaselineFile["summary"];
}

function short(value: number): number;
function short(value: number | undefined): number | undefined;
function short(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toPrecision(5));
}

/**
 * @param where the file, for messages
 * @throws PlimsollError (usage) when it is damaged, was edited, or is of a schema that is not read
 */
export function readBaseline(text: string, where: string): Baseline {
  const file = parsed(text, where);
  checkSchema(file.schema, where);
  const { checksum, ...content } = file;
  if (checksum !== checksumOf(content))
    throw usageError(
      `${where} was changed after it was written: its checksum does not match its content`,
      RESTORE,
    );
  const { name, scenario, fingerprint, accepted, anchor, calibration, data } =
    content as BaselineFile;
  return {
    name,
    scenario,
    accepted: accepted.map((run) => ({
      ...run,
      fingerprint: { ...fingerprint, ...run.fingerprint },
      ...present({ data: data[run.run] }),
    })),
    anchor: anchor.map((run) => ({ ...run, fingerprint: { ...fingerprint, ...run.fingerprint } })),
    ...present({ calibration }),
  };
}

const RESTORE =
  "Restore it from version control (git checkout -- FILE), or save it again: plimsoll baseline save NAME RUN...";

function parsed(text: string, where: string): Partial<BaselineFile> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below, with what a person can do about it.
  }
  throw usageError(`${where} is damaged or cut off: it is not a whole JSON object`, RESTORE);
}

function checkSchema(schema: unknown, where: string): void {
  if (schema === BASELINE_SCHEMA) return;
  const version = /^plimsoll\.baseline\/(\d+)$/.exec(String(schema))?.[1];
  if (version === undefined)
    throw usageError(
      `${where} is no baseline: its schema is ${schema === undefined ? "absent" : JSON.stringify(schema)}, not ${BASELINE_SCHEMA}`,
      "Name a file that `plimsoll baseline save` wrote.",
    );
  const age = Number(version) > 1 ? "newer" : "older";
  throw usageError(
    `${where} is of the ${age} schema plimsoll.baseline/${version}; this program reads ${BASELINE_SCHEMA}`,
    age === "newer"
      ? "Read it with the version of Plimsoll that wrote it, or a later one."
      : "Save it again from its runs: plimsoll baseline save NAME RUN...",
  );
}
