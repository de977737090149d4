/** The plan of one level: the scenario's first function at one constant load. */
import { usageError } from "../../core/errors.ts";
import { LEVEL_PHASE } from "../../judge/capacity/level-reader.ts";
import type { ArrivalProcess, ExecutorPlan, Plan } from "../../scenario/plan.ts";

/** What the load is a number of. */
export type LoadKind = "rate" | "concurrency";

export interface LevelShape {
  readonly by: LoadKind;
  readonly load: number;
  /** Ordinal of the level: every level is a draw of the work of its own. */
  readonly step: number;
  /** ms; the first part is not measured. */
  readonly warmup: number;
  readonly length: number;
}

/** What still runs at the end of a level may go on for so long: the queue is empty for the next. */
const DRAIN = 15_000;
/** Virtual users cost nothing until they are used, and a full pool would drop what is due. */
const MOST_VUS = 20_000;

/** @throws usage error when the scenario has no SLO: there is nothing that a load could break */
export function checkPlan(plan: Plan): void {
  if (plan.slo.limits.length === 0 && plan.thresholds.length === 0)
    throw usageError(
      `capacity: the scenario ${plan.name} has neither an slo nor thresholds, so any load holds`,
      'Give its options an slo: { ttft: "500ms", tpot: "50ms" }',
    );
}

const NOT_ASKED: ReadonlySet<string> = new Set(["recovery_time", "slo_met"]);

export function levelPlan(plan: Plan, shape: LevelShape): Plan {
  const [first] = plan.scenarios;
  if (first === undefined) throw new Error("a plan has at least one scenario");
  const { step } = shape;
  return {
    ...plan,
    // Levels are independent draws; and with a salt of one's own, they are other prompts still.
    seed: plan.seed + 1_000_000 + step,
    scenarios: [
      {
        ...first,
        startTime: 0,
        gracefulStop: Math.min(first.gracefulStop, DRAIN),
        executor: executorOf(shape, arrivalOf(first.executor)),
      },
    ],
    // A limit on a phase of the profile says nothing about a constant load, nor does recovery from one;
    // the share within the SLO is what the search asks for itself.
    thresholds: plan.thresholds
      .filter(({ selector, metric }) => selector["phase"] === undefined && !NOT_ASKED.has(metric))
      .map((threshold) => ({ ...threshold, abortOnFail: false })),
  };
}

function arrivalOf(executor: ExecutorPlan): ArrivalProcess {
  return "arrival" in executor ? executor.arrival : { kind: "poisson" };
}

function executorOf(
  { by, load, warmup, length }: LevelShape,
  arrival: ArrivalProcess,
): ExecutorPlan {
  const segments = [
    { phase: "warmup", measured: false, duration: warmup, from: load, to: load },
    { phase: LEVEL_PHASE, measured: true, duration: length, from: load, to: load },
  ];
  return by === "concurrency"
    ? { executor: "constant-vus", gracefulRampDown: 0, segments }
    : {
        executor: "constant-arrival-rate",
        arrival,
        preAllocatedVUs: MOST_VUS,
        maxVUs: MOST_VUS,
        segments,
      };
}
