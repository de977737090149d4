/** What a sweep is asked for, besides what every measurement is. */
import { usageError } from "../../core/errors.ts";
import type { Axis } from "../../judge/sweep/grid.ts";
import { objectives, type ObjectiveName } from "../../judge/sweep/objective.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { Flags, FlagTable } from "./flags.ts";
import { KEY_NAMES } from "./axis-keys.ts";

export const SWEEP_FLAGS = {
  vary: {
    kind: "text",
    value: "KEY=A,B,C",
    repeats: true,
    about: `what to vary, and its values; may be repeated. Keys:\n${KEY_NAMES.join("\n")}`,
  },
  repeat: { kind: "number", value: "N", about: "measure every cell N times (default 1)" },
  best: {
    kind: "text",
    value: "WHAT",
    about: `what makes a cell the best: ${Object.keys(objectives).join(", ")}\n(default: what the varied things can change)`,
  },
  goodput: {
    kind: "number",
    value: "SHARE",
    about: "share of requests that must be within the SLO (default 0.99)",
  },
  "order-seed": {
    kind: "number",
    value: "N",
    about: "seed of the order of the cells (default: drawn, and told)",
  },
  "max-time": {
    kind: "duration",
    value: "TIME",
    about:
      "begin no run that would end later (default: all are measured);\nthe same command goes on",
  },
  "max-cells": { kind: "number", value: "N", about: "refuse more cells (default 100)" },
  fresh: { kind: "switch", about: "do not go on with an unfinished sweep" },
} as const satisfies FlagTable;

/** @throws usage errors */
export function shareOf(flags: Flags): number {
  const share = flags.number("goodput") ?? 0.99;
  if (share > 0 && share <= 1) return share;
  throw usageError(`--goodput: ${share} is not a share`, "Write a number above 0, up to 1: 0.95");
}

/** @throws usage error for a name that there is not */
export function objectiveOf(flags: Flags, axes: readonly Axis[], plan: Plan): ObjectiveName {
  const wanted = flags.text("best");
  if (wanted === undefined) return naturalObjective(axes, plan);
  const names = Object.keys(objectives) as ObjectiveName[];
  const found = names.find((name) => name === wanted);
  if (found !== undefined) return found;
  throw usageError(`--best: there is no "${wanted}"`, `There is ${names.join(", ")}.`);
}

/**
 * An open loop whose rate is the same in all cells gives all of them the same throughput: there, the
 * shorter wait is better. Requests of different lengths are compared by their tokens.
 */
function naturalObjective(axes: readonly Axis[], { scenarios }: Plan): ObjectiveName {
  const lengths = axes.filter(({ key }) => key.endsWith("-tokens"));
  const servers = axes.filter(({ key }) => key.startsWith("server."));
  const open = scenarios.every(({ executor }) => "arrival" in executor || "starts" in executor);
  const sameRate = open && lengths.length + servers.length === axes.length;
  if (sameRate && servers.length > 0) return "e2e";
  return lengths.length > 0 ? "tokens" : "goodput";
}
