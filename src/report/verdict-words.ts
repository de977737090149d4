/** The verdict in words: the same ones in every report. */
import type { Gate, Summary, Validity, Verdict } from "../judge/summary.ts";
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
  script_failed: { title: "Script failed", tone: "fail", sign: "✘" },
};

export const validityTones: Readonly<Record<Validity["status"], Tone>> = {
  valid: "neutral",
  suspect: "warn",
  invalid: "fail",
};

export const gateWords: Readonly<Record<Gate["status"], VerdictWords>> = {
  ok: { title: "ok", tone: "pass", sign: "✔" },
  warn: { title: "suspect", tone: "warn", sign: "!" },
  invalid: { title: "invalid", tone: "fail", sign: "✘" },
  not_measured: { title: "not measured", tone: "neutral", sign: "–" },
};

function thresholdSentence({ thresholds }: Summary): string {
  if (thresholds.length === 0) return "The scenario sets no thresholds.";
  const broken = thresholds.filter((threshold) => !threshold.ok).length;
  if (broken > 0) return `${broken} of ${counted(thresholds.length, "threshold")} failed.`;
  return thresholds.length === 1
    ? "The threshold holds."
    : `${thresholds.length === 2 ? "Both" : `All ${thresholds.length}`} thresholds hold.`;
}

/** One sentence on whether to trust the numbers; empty when no gate could tell. */
export function validitySentence({ validity }: Summary): string {
  // Without gates that spoke nothing is known: a run that never started is not a valid one.
  if (!validity.gates.some((gate) => gate.status !== "not_measured")) return "";
  if (validity.status === "valid") return "The measurement is valid.";
  const bad = validity.status === "invalid" ? "invalid" : "warn";
  const titles = validity.gates.filter((gate) => gate.status === bad).map((gate) => gate.title);
  return `The measurement is ${validity.status}: ${titles.join("; ")}.`;
}

/** Why the verdict is what it is, a sentence or more. */
export function reasonSentence(summary: Summary): string {
  const { reasons } = summary.verdict;
  return reasons.length === 0 ? thresholdSentence(summary) : reasons.join(" ");
}
