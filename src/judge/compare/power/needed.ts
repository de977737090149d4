/** How many more runs would settle an inconclusive verdict. */
import { MOST_RUNS, pairsNeeded, runsNeededPerSide } from "../../../stats/power.ts";
import { newcombe, type Share } from "../../../stats/proportions.ts";
import { tQuantile } from "../../../stats/student-t.ts";
import { distanceToProve, type Standing } from "../../../stats/power.ts";
import type { Test } from "../choose-test.ts";
import type { RunsNeeded } from "../types.ts";

/**
 * Runs of the candidate until a share of which nothing bad was seen is known well enough: then the
 * number of requests is what is missing, and runs that are all alike say nothing of it.
 */
export function flawlessRunsNeeded(
  baseline: Share,
  candidate: Share,
  {
    runs,
    matters,
    alpha,
  }: { readonly runs: number; readonly matters: number; readonly alpha: number },
): RunsNeeded {
  const perRun = candidate.count / Math.max(1, runs);
  for (let more = 1; more <= MOST_RUNS; more += more < 20 ? 1 : Math.ceil(more / 20)) {
    const grown = { passes: 0, count: candidate.count + more * perRun };
    if (newcombe(baseline, grown, alpha).high < matters) return { kind: "candidate", more };
  }
  return { kind: "unreachable" };
}

/** @returns undefined where the noise is not known at all */
export function runsNeeded(test: Test, standing: Standing): RunsNeeded | undefined {
  if (test.runSd === undefined) return undefined;
  if (test.unit === "run" && !doubtsSessions(test, standing)) {
    return moreRuns(test, standing, test.runSd);
  }
  const have = test.unit === "pair" ? test.units[0].length : 0;
  return atLeastOne("pairs", pairsNeeded(standing, test.runSd * Math.SQRT2), have);
}

/** A change that only the sessions can still explain is proved in one session, not by more runs. */
function doubtsSessions({ claim }: Test, { difference, margin }: Standing): boolean {
  return claim !== undefined && difference > margin;
}

/** Runs of the candidate alone where that does it cheaply, else of both sides. */
function moreRuns({ units }: Test, standing: Standing, sd: number): RunsNeeded {
  const [baseline, candidate] = [units[0].length, units[1].length];
  const each = runsNeededPerSide(standing, sd);
  const alone = candidateRunsNeeded(standing, sd, baseline);
  if (alone !== undefined && (each === undefined || alone - candidate <= 2 * (each - candidate))) {
    return atLeastOne("candidate", alone, candidate);
  }
  return atLeastOne("each", each, Math.min(baseline, candidate));
}

function candidateRunsNeeded(standing: Standing, sd: number, old: number): number | undefined {
  const distance = distanceToProve(standing);
  for (let n = 1; n <= MOST_RUNS; n += n < 20 ? 1 : Math.ceil(n / 20)) {
    const df = old + n - 2;
    if (df < 1) continue;
    const reach = tQuantile(1 - standing.alpha, df) * sd * Math.sqrt(1 / n + 1 / old);
    if (reach <= distance) return n;
  }
  return undefined;
}

/** What this difference would have needed may be there already: noise, not number, is missing then. */
function atLeastOne(
  kind: "candidate" | "each" | "pairs",
  total: number | undefined,
  have: number,
): RunsNeeded {
  return total === undefined ? { kind: "unreachable" } : { kind, more: Math.max(1, total - have) };
}
