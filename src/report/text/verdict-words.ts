/** The verdict in words: the same ones in every report. */
import type { BaselineCheck, Summary, Validity, Verdict } from "../../judge/summary.ts";
import { counted } from "./quantity.ts";

/** Colour only ever repeats what a word or a sign says. */
export type Tone = "pass" | "warn" | "fail" | "neutral";

export interface VerdictWords {
  readonly title: string;
  readonly tone: Tone;
  /** Understandable without colour: `✔`, `✘`, `!`. */
  readonly sign: string;
}

export const verdictWords: Readonly<Record<Verdict["status"], VerdictWords>> = {
  passed: { title: "Passed", tone: "pass", sign: "✔" },
  failed: { title: "Failed", tone: "fail", sign: "✘" },
  invalid: { title: "Invalid measurement", tone: "warn", sign: "!" },
  target_failed: { title: "Target failed", tone: "fail", sign: "✘" },
  interrupted: { title: "Interrupted", tone: "neutral", sign: "!" },
  write_failed: { title: "Could not be written", tone: "fail", sign: "✘" },
  script_failed: { title: "Script failed", tone: "fail", sign: "✘" },
};

export const validityTones: Readonly<Record<Validity["status"], Tone>> = {
  valid: "neutral",
  suspect: "warn",
  invalid: "fail",
};

export const gateWords: Readonly<Record<BaselineCheck["status"], VerdictWords>> = {
  ok: { title: "ok", tone: "pass", sign: "✔" },
  warn: { title: "suspect", tone: "warn", sign: "!" },
  invalid: { title: "invalid", tone: "fail", sign: "✘" },
  not_measured: { title: "not measured", tone: "neutral", sign: "–" },
};

function thresholdSentence({ thresholds }: Summary): string {
  if (thresholds.length === 0) return "The scenario sets no thresholds: nothing was judged.";
  const silent = thresholds.filter(({ status }) => status === "no_data").length;
  if (silent === thresholds.length) return "No threshold has data: nothing was judged.";
  const broken = thresholds.filter((threshold) => !threshold.ok).length;
  if (broken > 0) return `${broken} of ${counted(thresholds.length, "threshold")} failed.`;
  if (silent > 0)
    return `${thresholds.length - silent} of ${counted(thresholds.length, "threshold")} hold; no data for the rest.`;
  return thresholds.length === 1
    ? "The threshold holds."
    : `${thresholds.length === 2 ? "Both" : `All ${thresholds.length}`} thresholds hold.`;
}

/** One sentence on whether to trust the numbers; empty when there are none, or no gate could tell. */
export function validitySentence({ verdict, validity, census }: Summary): string {
  const spoke = validity.gates.some((gate) => gate.status !== "not_measured");
  if (!spoke || census.measuredRequests.total === 0) return "";
  if (validity.status === "valid") return "The measurement is valid.";
  // The verdict's reasons have named the gates already.
  if (verdict.status === "invalid") return "The figures prove nothing, good or bad.";
  const bad = validity.status === "invalid" ? "invalid" : "warn";
  const titles = validity.gates.filter((gate) => gate.status === bad).map((gate) => gate.title);
  return `The measurement is ${validity.status} (${titles.join("; ")}).`;
}

/** A metric's name, as a threshold begins with: it is written as it is. */
const NAME_FIRST = /^[a-z0-9_]+(?:\{[^}]*\})?:/;

/** A capital at its beginning and a full stop at its end. */
export function sentence(text: string): string {
  const start = NAME_FIRST.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?:…]$/.test(start) ? start : `${start}.`;
}

/** Why the verdict is what it is, a sentence or more; of longer reasons the first lines. */
export function reasonSentence(summary: Summary): string {
  const { reasons } = summary.verdict;
  if (reasons.length === 0) return thresholdSentence(summary);
  return reasons.map((reason) => sentence(reason.trim().split("\n", 1)[0] ?? "")).join(" ");
}

/** What reasons quote below their first line: the last words of a server that did not start. */
export function reasonDetails({ verdict }: Summary): readonly string[] {
  return verdict.reasons
    .flatMap((reason) => reason.trim().split("\n").slice(1))
    .filter((line) => line.trim() !== "");
}
