/** What a search for the capacity is asked for. */
import { usageError } from "../../core/errors.ts";
import type { Flags, FlagTable } from "./flags.ts";
import type { SearchWishes } from "../../session/capacity/begin-search.ts";
import type { LoadKind } from "../../session/capacity/level-plan.ts";

export const SEARCH_FLAGS = {
  by: {
    kind: "text",
    value: "WHAT",
    about: "rate (requests per second; default) or concurrency",
    values: ["rate", "concurrency"],
  },
  goodput: {
    kind: "number",
    value: "SHARE",
    about: "share of requests that must meet the SLO (default 0.99)",
  },
  start: {
    kind: "number",
    value: "LOAD",
    about: "where to begin (default: a short probe finds it)",
  },
  "max-load": { kind: "number", value: "LOAD", about: "nothing above this is tried" },
  "level-time": {
    kind: "duration",
    value: "TIME",
    about: "length of a level; up to three times as long near the edge (default 20s)",
  },
  "max-levels": { kind: "number", value: "N", about: "levels at most (default 12)" },
  "max-time": { kind: "duration", value: "TIME", about: "time at most (default 10m)" },
  tolerance: {
    kind: "number",
    value: "SHARE",
    about:
      "half the relative width of the interval to stop at (default 0.04;\n0.02 or less is never reached: all the time is spent)",
  },
  fresh: { kind: "switch", about: "do not go on with an interrupted search" },
} as const satisfies FlagTable;

/** @throws usage errors */
export function wishesOf(flags: Flags): SearchWishes {
  return {
    by: kindOf(flags),
    share: between(flags, "goodput", [0.5, 1]) ?? 0.99,
    tolerance: between(flags, "tolerance", [0, 0.5]) ?? 0.04,
    start: flags.number("start"),
    most: flags.number("max-load") ?? 1e5,
    levelTime: flags.duration("level-time") ?? 20_000,
    mostTime: flags.duration("max-time") ?? 600_000,
    mostLevels: flags.integer("max-levels", 2) ?? 12,
    fresh: flags.on("fresh"),
  };
}

function kindOf(flags: Flags): LoadKind {
  const by = flags.text("by") ?? "rate";
  if (by === "rate" || by === "concurrency") return by;
  throw usageError(`--by: there is no "${by}"`, "There is rate and concurrency.");
}

/** A share between two bounds, neither of which it may be. */
function between(
  flags: Flags,
  name: string,
  [low, high]: readonly [number, number],
): number | undefined {
  const share = flags.number(name);
  if (share === undefined || (share > low && share < high)) return share;
  throw usageError(
    `--${name}: ${share} is not a share it can be`,
    `Write a number between ${low} and ${high}.`,
  );
}
