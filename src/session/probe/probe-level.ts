/** One level of the probe of `--peak auto`: so many virtual users, for a few seconds. */
import { systemClock, type ClockOrigin } from "../../core/clock.ts";
import { usageError } from "../../core/errors.ts";
import type { RunLine } from "../../core/records.ts";
import type { ExecutorPlan, Plan } from "../../scenario/plan.ts";
import type { RunningTarget } from "../../target/spec.ts";
import type { Runtime } from "../runtime.ts";
import { apiOf, createWorkerPool, vocabularyOf } from "../run/create-worker-pool.ts";
import type { RunRequest } from "../run/run-request.ts";
import { freshSalt } from "../run/salt.ts";

export interface Level {
  readonly vus: number;
  /** Iterations that completed, per second. */
  readonly rate: number;
  /** Mean duration of an iteration, ms; undefined when none completed. */
  readonly duration: number | undefined;
  /** Of the requests that ended. */
  readonly failedShare: number;
  /** How one request failed, if any did. */
  readonly failure?: string;
}

/** @param before the level before this one, which says how long iterations take */
export type LevelRunner = (vus: number, before: Level | undefined) => Promise<Level>;

/** A level is so many iterations long, within these bounds in ms. */
const ROUNDS = 6;
const SHORTEST = 2000;
const LONGEST = 15_000;
/** The part of a level that is left out at its start: all users begin at once. */
const RAMP = 0.25;
const LEAD = 100;

export interface ProbeNeeds {
  readonly request: RunRequest;
  readonly runtime: Runtime;
  readonly target: RunningTarget;
  readonly origin: ClockOrigin;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

export async function probeRunner(needs: ProbeNeeds): Promise<LevelRunner> {
  const { request, runtime, target, origin, signal, say } = needs;
  const api = apiOf(request.api, target, say);
  const vocabulary = await vocabularyOf(target, api, runtime.cacheDir);
  const clock = systemClock(origin);
  return async (vus, before) => {
    const length = Math.min(LONGEST, Math.max(SHORTEST, ROUNDS * (before?.duration ?? 0)));
    const tally = new LevelTally();
    const { env, workers } = request;
    const plan = probePlan(request.plan, vus, length);
    const onLines = (lines: readonly RunLine[]): void => {
      tally.take(lines);
    };
    const salt = freshSalt();
    const assignment = { plan, salt, target, vocabulary, api, env, workers, origin, onLines };
    const pool = createWorkerPool(assignment, runtime);
    const stop = (): void => {
      pool.stop();
    };
    signal.addEventListener("abort", stop);
    try {
      await pool.ready();
      const data = await pool.setup();
      const start = Math.ceil(clock.now()) + LEAD;
      if (pool.failure() === undefined) await pool.run(start, data);
      if (pool.failure() === undefined) await pool.teardown(data);
      throwFailure(pool.failure());
      return tally.level(vus, start, length);
    } finally {
      signal.removeEventListener("abort", stop);
      await pool.dismiss();
    }
  };
}

/**
 * The plan's first function in a closed loop, alone: nothing is judged of it, so no canary is asked.
 * Another seed for each level: the levels are independent draws of the work.
 */
function probePlan({ canaries: _, ...plan }: Plan, vus: number, length: number): Plan {
  const [first] = plan.scenarios;
  if (first === undefined) throw new Error("a plan has at least one scenario");
  const phase = "probe";
  // The first level knows nothing of how long an iteration takes: one is enough.
  const executor: ExecutorPlan =
    vus === 1
      ? { executor: "shared-iterations", phase, vus, iterations: 3, maxDuration: LONGEST }
      : {
          executor: "constant-vus",
          gracefulRampDown: 0,
          segments: [{ phase, measured: true, duration: length, from: vus, to: vus }],
        };
  const gracefulStop = vus === 1 ? first.gracefulStop : 0;
  const scenario = { ...first, startTime: 0, gracefulStop, executor };
  return { ...plan, seed: plan.seed + 1_000_000 + vus, scenarios: [scenario], thresholds: [] };
}

function throwFailure(failure: { blame: string; message: string; stack?: string } | undefined) {
  if (failure === undefined) return;
  if (failure.blame === "script") throw usageError(`the scenario failed: ${failure.message}`);
  const bug = new Error(failure.message);
  bug.stack = failure.stack ?? failure.message;
  throw bug;
}

class LevelTally {
  readonly #ends: number[] = [];
  #durations = 0;
  #requests = 0;
  #failed = 0;
  #failure: string | undefined;

  take(lines: readonly RunLine[]): void {
    for (const line of lines) {
      if (line.type === "iteration" && line.outcome === "completed") {
        this.#ends.push(line.ended ?? 0);
        this.#durations += (line.ended ?? 0) - (line.started ?? 0);
      } else if (line.type === "request") this.#request(line);
    }
  }

  #request({ outcome }: Extract<RunLine, { type: "request" }>): void {
    if (outcome.ok) this.#requests += 1;
    else if (outcome.failure !== "interrupted") {
      this.#requests += 1;
      this.#failed += 1;
      this.#failure ??= `${outcome.failure}: ${outcome.message}`;
    }
  }

  level(vus: number, start: number, length: number): Level {
    const count = this.#ends.length;
    const duration = count > 0 ? this.#durations / count : undefined;
    const from = start + RAMP * length;
    const inside = this.#ends.filter((at) => at >= from && at <= start + length).length;
    // One user alone: an iteration after the other.
    const alone = duration === undefined ? 0 : 1000 / Math.max(1, duration);
    const rate = vus === 1 ? alone : (inside / ((1 - RAMP) * length)) * 1000;
    return {
      vus,
      rate,
      duration,
      failedShare: this.#requests === 0 ? 0 : this.#failed / this.#requests,
      ...(this.#failure !== undefined && { failure: this.#failure }),
    };
  }
}
