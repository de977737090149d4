/** One plain sentence for each verdict. */
import { significant } from "../../core/units.ts";
import type { MetricRule, MetricVerdict, RunsNeeded } from "./types.ts";

type Parts = Omit<MetricVerdict, "reason">;

export function reasonOf(parts: Parts): string {
  const { rule, change } = parts;
  if (change === undefined) return `${rule.id}: ${missing(parts)}`;
  const found = `${rule.id} ${moved(parts)}`;
  switch (parts.outcome) {
    case "regression":
      return `${found}: worse by more than the margin of ${size(rule, parts.margin)}`;
    case "improvement":
      return `${found}: better by more than the margin of ${size(rule, parts.margin)}`;
    case "pass":
      return `${found}: not worse by ${size(rule, parts.margin)} or more`;
    case "inconclusive":
      return `${found}: ${doubt(parts)}`;
  }
}

function missing({ baseline, candidate }: Parts): string {
  if (baseline === undefined && candidate === undefined) return "no values on either side";
  return `no values in the ${baseline === undefined ? "baseline" : "candidate"}`;
}

function moved({ rule, change }: Parts): string {
  if (change === undefined || change.value === 0) return "did not change";
  const verb = change.value > 0 ? "rose" : "fell";
  const by = `${verb} by ${size(rule, Math.abs(change.value))}`;
  const { low, high } = change;
  return low === undefined || high === undefined
    ? by
    : `${by} (${signed(rule, low)} to ${signed(rule, high)})`;
}

function doubt({ method, screen, needed, margin, rule }: Parts): string {
  if (method === "descriptive") {
    return "one run against one says nothing of noise; more runs, or a calibrated baseline, would";
  }
  const what =
    screen === "suspect"
      ? "suspicious beside the nights before"
      : `a change for the worse of ${size(rule, margin)} can neither be shown nor ruled out`;
  return needed === undefined ? what : `${what}; ${advice(needed)}`;
}

function advice(needed: RunsNeeded): string {
  if (needed.kind === "unreachable") {
    return "no sensible number of runs would settle it: less noise, or a wider margin, might";
  }
  const { kind, more } = needed;
  const s = more === 1 ? "" : "s";
  if (kind === "pairs") return `about ${more} pair${s} of \`plimsoll ab\` would settle it`;
  const of = kind === "candidate" ? "of the candidate" : "on each side";
  return `about ${more} more run${s} ${of} would settle it`;
}

/** A size without sign: `5 %` on the log scale, else in the metric's unit. */
function size(rule: MetricRule, value: number): string {
  if (rule.scale === "log") return `${digits(value * 100)} %`;
  if (rule.unit === "ratio") return `${digits(value * 100)} percentage points`;
  return `${digits(value)} ${rule.unit}`;
}

function signed(rule: MetricRule, value: number): string {
  return `${value < 0 ? "−" : "+"}${size(rule, Math.abs(value))}`;
}

/** Three digits where they are wanted, none where the number ends earlier. */
function digits(value: number): string {
  const text = significant(Number(value.toPrecision(3)), 3);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
