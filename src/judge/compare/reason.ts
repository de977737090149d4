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
      return `${found}: not worse by ${size(rule, parts.matters ?? parts.margin)} or more`;
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

function doubt(parts: Parts): string {
  const { needed } = parts;
  const what = doubtWords(parts);
  return needed === undefined ? what : `${what}; ${advice(needed)}`;
}

function doubtWords({ doubt: why, screen, tooFew, matters, margin, rule }: Parts): string {
  switch (why) {
    case "alone":
      return "one run against one says nothing of noise; more runs, or a calibrated baseline, would";
    case "suspect":
      return screen === "suspect"
        ? "suspicious beside the nights before"
        : "suspicious, but not certain enough for one question among several";
    case "few":
      return `cannot tell: ${tooFew ?? "too few values"}`;
    default:
      return `cannot tell: a change of ${size(rule, matters ?? margin)} can neither be shown nor ruled out`;
  }
}

function advice(needed: RunsNeeded): string {
  if (needed.kind === "unreachable") {
    return "no sensible number of runs would settle it: less noise, or a wider margin, might";
  }
  if (needed.kind === "longer") return `runs ${timesText(needed.times)} as long would have them`;
  const { kind, more } = needed;
  const s = more === 1 ? "" : "s";
  if (kind === "pairs") return `about ${more} pair${s} of \`plimsoll ab\` would settle it`;
  const of = kind === "candidate" ? "of the candidate" : "on each side";
  return `about ${more} more run${s} ${of} would settle it`;
}

/** Rounded up: `twice`, `1.3 times`. */
export function timesText(times: number): string {
  const rounded = times < 10 ? Math.ceil(times * 10 - 1e-9) / 10 : Math.ceil(times);
  return rounded === 2 ? "twice" : `${rounded} times`;
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
