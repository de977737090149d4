/** Baselines on the terminal. */
import type { PlimsollError } from "../../core/errors.ts";
import type { Baseline } from "../../judge/baseline/baseline.ts";
import { estimates, rulesFor } from "../../judge/compare/gather.ts";
import { forecast } from "../../judge/compare/power/forecast.ts";
import { levelOf } from "../../judge/compare/level.ts";
import { scaleOf } from "../../judge/compare/scale.ts";
import { forecastLines } from "./forecast-text.ts";
import { levelText } from "./comparison-words.ts";
import { aligned } from "../text/plain-text.ts";
import { ABSENT, counted } from "../text/quantity.ts";

export type ListedBaseline = Baseline | DamagedBaseline;

/** Its file cannot be read, and why. */
export interface DamagedBaseline {
  readonly name: string;
  readonly damaged: PlimsollError;
}

/** One line a baseline. */
export function renderBaselineList(all: readonly ListedBaseline[]): string {
  if (all.length === 0) return "No baselines yet: plimsoll baseline save NAME RUN...\n";
  const rows = all.map((one) => ("damaged" in one ? [one.name, "damaged"] : listRow(one)));
  return `${aligned(rows).join("\n")}\n`;
}

function listRow({ name, scenario, accepted, anchor, calibration }: Baseline): readonly string[] {
  return [
    name,
    scenario,
    counted(accepted.length, "run"),
    counted(sessionsOf(accepted), "session"),
    dayOf(accepted.at(-1)?.startedAt),
    `anchor ${dayOf(anchor.at(-1)?.startedAt)}`,
    calibration === undefined ? "not calibrated" : "calibrated",
  ];
}

export function renderBaseline(baseline: Baseline): string {
  const { name, scenario, accepted, anchor, calibration } = baseline;
  const rows = rulesFor(accepted).flatMap((rule) => {
    const old = estimates(accepted, rule.id);
    const linear = old.some(({ value }) => value <= 0);
    const scale = scaleOf(linear ? { ...rule, scale: "linear" } : rule, 1);
    const level = levelOf(old, scale, 0.05, calibration?.priors[rule.id]);
    if (level === undefined) return [];
    const pinned = levelOf(estimates(anchor, rule.id), scale, 0.05);
    return [[rule.id, levelText(level, rule), levelText(pinned, rule), rule.gating ? "gates" : ""]];
  });
  const told = forecast({ runs: accepted, ...(calibration && { priors: calibration.priors }) });
  const fields = Object.entries(accepted.at(-1)?.fingerprint ?? {});
  const lines = [
    `${name}: ${scenario}, ${counted(accepted.length, "run")} of ${counted(sessionsOf(accepted), "session")}`,
    ...accepted.map(({ run, requests, validity }) => `  ${run}  ${requests} requests, ${validity}`),
    "",
    ...aligned([["", "accepted [90 % interval]", "anchor", ""], ...rows]).map(
      (line) => `  ${line}`,
    ),
    "",
    ...forecastLines(told, scenario),
    "",
    ...aligned(fields.map(([field, value]) => [field, String(value)])).map((line) => `  ${line}`),
  ];
  return `${lines.join("\n")}\n`;
}

function sessionsOf(runs: Baseline["accepted"]): number {
  return new Set(runs.map(({ session }) => session)).size;
}

function dayOf(startedAt: string | undefined): string {
  return startedAt?.slice(0, 10) ?? ABSENT;
}
