/** Whether two groups of runs measured the same thing, and in what they differ if not. */
import { fingerprintFields, type Fingerprint } from "../../core/fingerprint.ts";
import { usageError } from "../../core/errors.ts";
import type { RunDigest } from "../digest/digest.ts";
import { differences } from "../digest/fingerprint.ts";
import type { NotedDifference } from "./comparison.ts";

/** Fields on which all runs agree. */
export function sharedFingerprint(runs: readonly RunDigest[]): Fingerprint {
  const [first, ...others] = runs;
  const entries = Object.entries(first?.fingerprint ?? {});
  return Object.fromEntries(
    entries.filter(([field, value]) => others.every((run) => run.fingerprint[field] === value)),
  );
}

/**
 * Every field in which a candidate differs from the baseline, once.
 *
 * @param vary fields, or groups of them (`server`), that are what is being tested
 * @throws PlimsollError (usage) when there is no such field
 */
export function notedDifferences(
  baseline: readonly RunDigest[],
  candidate: readonly RunDigest[],
  vary: readonly string[] = [],
): readonly NotedDifference[] {
  const found = new Map<string, NotedDifference>();
  const accepted = baseline.at(-1)?.fingerprint ?? {};
  const known = new Set<string>(Object.keys(fingerprintFields));
  for (const field of Object.keys(accepted)) known.add(field);
  for (const name of vary) checkField(name, known);
  for (const { fingerprint } of candidate)
    for (const one of differences(accepted, fingerprint))
      if (!found.has(one.field))
        found.set(one.field, { ...one, varied: vary.some((name) => covers(name, one.field)) });
  return [...found.values()];
}

function covers(name: string, field: string): boolean {
  return field === name || field.startsWith(`${name}.`);
}

function checkField(name: string, known: ReadonlySet<string>): void {
  if ([...known].some((field) => covers(name, field))) return;
  throw usageError(
    `--vary: there is no field "${name}"`,
    `There is ${Object.keys(fingerprintFields).join(", ")}.`,
  );
}

/** Differences that bar a verdict. */
export function barring(all: readonly NotedDifference[]): readonly NotedDifference[] {
  return all.filter((one) => one.class === "hard" && !one.varied);
}

type Shown = NotedDifference["baseline"];

function cacheSentence(baseline: Shown, candidate: Shown): string {
  const share = (value: Shown): string =>
    typeof value === "number" ? `${(value * 100).toFixed(0)} %` : "an unknown share";
  const before = `the server had ${share(baseline)} of the prompt tokens in its cache for the baseline`;
  const both = `${before}, and ${share(candidate)} for the candidate`;
  if (typeof baseline !== "number" || typeof candidate !== "number") return both;
  const warm = baseline > candidate ? "baseline" : "candidate";
  return `${both}: the ${warm} met a warm server (prompts.cached_share)`;
}

/** One sentence on a difference. */
export function differenceSentence({ field, baseline, candidate }: NotedDifference): string {
  if (field === "plan.hash")
    return "the work is not the same: scenario file, parameters, duration or seed differ (plan.hash)";
  if (field === "prompts.cached_share") return cacheSentence(baseline, candidate);
  const show = (value: Shown): string => String(value ?? "unknown");
  return `${field} differs: ${show(baseline)} in the baseline, ${show(candidate)} in the candidate`;
}
