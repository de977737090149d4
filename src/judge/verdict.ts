/** From everything that is known of a run to one verdict and one exit code. */
import { exitCodes, type ExitCode } from "../core/errors.ts";
import { measuredText } from "./metrics/measured-text.ts";
import type { RunFacts, Validity, Verdict } from "./summary.ts";
import type { ThresholdResult } from "./outcome-summaries.ts";

export interface VerdictInput {
  readonly end: RunFacts["end"];
  readonly endMessage?: string;
  readonly validity: Validity;
  readonly thresholds: readonly ThresholdResult[];
  /** Requests of the measured phases that ended, and how many of them succeeded. */
  readonly ended: number;
  readonly ok: number;
}

type Rule = (input: VerdictInput) => readonly string[];

/**
 * In this order: what makes a later question pointless comes first. Interrupted > could not be
 * written > target failed > script failed > invalid > failed > passed.
 */
const RULES: readonly (readonly [Verdict["status"], ExitCode, Rule])[] = [
  ["interrupted", exitCodes.interrupted, interrupted],
  ["write_failed", exitCodes.cannotWrite, ended("write_failed", "the run could not be written")],
  ["target_failed", exitCodes.targetFailed, ended("target_failed", "the target failed")],
  ["script_failed", exitCodes.usage, ended("script_failed", "the scenario's script failed")],
  ["invalid", exitCodes.invalid, invalid],
  ["failed", exitCodes.failed, failed],
];

/** The verdict with all reasons of its own kind; those of lesser kinds are left out. */
export function verdictOf(input: VerdictInput): Verdict {
  for (const [status, exitCode, rule] of RULES) {
    const reasons = rule(input);
    if (reasons.length > 0) return { status, exitCode, reasons };
  }
  return { status: "passed", exitCode: exitCodes.passed, reasons: [] };
}

function interrupted(input: VerdictInput): readonly string[] {
  if (input.end === "cut_short") return ["the run was cut short: its file has no footer"];
  return ended("interrupted", "the run was interrupted")(input);
}

function ended(end: RunFacts["end"], words: string): Rule {
  return (input) => {
    if (input.end !== end) return [];
    return [input.endMessage === undefined ? words : `${words}: ${input.endMessage}`];
  };
}

function invalid({ validity }: VerdictInput): readonly string[] {
  return validity.gates
    .filter(({ status }) => status === "invalid")
    .map(({ title, detail, reason }) => `${title}: ${detail ?? reason}`);
}

function failed({
  end,
  endMessage,
  thresholds,
  ended: count,
  ok,
}: VerdictInput): readonly string[] {
  const reasons = thresholds.filter((one) => !one.ok).map(thresholdReason);
  if (count > 0 && ok === 0) reasons.push(`all ${count} requests failed`);
  if (end === "aborted") reasons.push(`the run was aborted${endMessage ? `: ${endMessage}` : ""}`);
  return reasons;
}

function thresholdReason(threshold: ThresholdResult): string {
  const { key, source, status, value, unit, absent } = threshold;
  if (absent !== undefined) return `${key}: ${source} is not met: ${absent}`;
  if (status === "no_data" || value === undefined) return `${key}: ${source} has no data`;
  return `${key}: ${source} is not met: ${measuredText(value, unit)}`;
}
