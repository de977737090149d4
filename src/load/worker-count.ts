/** How many load workers a plan needs: `--workers auto`. */
import type { ExecutorPlan, Plan } from "../scenario/plan.ts";
import { vusOf } from "./executors/vus.ts";

/**
 * What one worker carries with room to spare, on any machine of the last ten years: iteration
 * starts per second with a dispatch lag under 1 ms, and streams at once of some ten tokens per
 * second each with a timing error under 1 ms. `plimsoll doctor` says what yours does.
 */
const STARTS_PER_WORKER = 1000;
const STREAMS_PER_WORKER = 500;

/** How long an iteration of an open loop is taken to last, s: nobody knows before the run. */
const TYPICAL_ITERATION = 10;

/**
 * As many workers as the plan's highest rate and most concurrent iterations ask for, over all
 * scenarios as if they were side by side; at least 1, and a core is left to the rest.
 */
export function workersFor({ scenarios }: Plan, cores: number): number {
  const rate = sum(scenarios.map(({ executor }) => highestRate(executor)));
  const streams = sum(scenarios.map(({ executor }) => mostAtOnce(executor)));
  const wanted = Math.ceil(Math.max(rate / STARTS_PER_WORKER, streams / STREAMS_PER_WORKER));
  return Math.max(1, Math.min(wanted, cores - 1));
}

/** In a closed loop the virtual users; in an open one what its rate makes likely, up to maxVUs. */
function mostAtOnce(executor: ExecutorPlan): number {
  if (!("maxVUs" in executor)) return vusOf(executor);
  return Math.min(executor.maxVUs, highestRate(executor) * TYPICAL_ITERATION);
}

/** Iteration starts per second; 0 in a closed loop, whose rate is the server's. */
function highestRate(executor: ExecutorPlan): number {
  if (executor.executor === "trace") return busiestSecond(executor.starts);
  if (!("arrival" in executor)) return 0;
  return executor.segments.reduce((most, { from, to }) => Math.max(most, from, to), 0);
}

function busiestSecond(starts: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [i, start] of starts.entries()) {
    while ((starts[first] ?? start) <= start - 1000) first += 1;
    most = Math.max(most, i - first + 1);
  }
  return most;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
