/**
 * One iteration: the scenario's function with everything it is handed. It is run once for each
 * start that an executor admits, and makes the request records.
 */
import type { Clock } from "../core/clock.ts";
import type { RequestRecord } from "../core/request-record.ts";
import type { LlmRequest, Reply } from "../core/request.ts";
import type { Endpoint } from "../protocol/perform.ts";
import { iterationOf } from "../scenario/iteration.ts";
import type {
  CanaryPlan,
  Deadlines,
  LengthsPlan,
  RetryPlan,
  ScenarioPlan,
} from "../scenario/plan.ts";
import type { Vocabulary } from "../scenario/prompts.ts";
import type { IterationContext, ScenarioFunction } from "../scenario/script.ts";
import { performAttempts, type AttemptFacts } from "./attempts.ts";
import { replyChecks, RESERVED } from "./reply-checks.ts";
import type { IterationEnd, IterationStart } from "./executors/executor-context.ts";

/** Everything about a scenario's iterations that does not change from one to the next. */
export interface IterationSetting {
  readonly scenario: ScenarioPlan;
  readonly seed: number;
  readonly salt: string;
  readonly function: ScenarioFunction;
  readonly endpointFor: (request: LlmRequest) => Endpoint;
  readonly deadlines: Deadlines;
  readonly retries: RetryPlan | undefined;
  readonly canaries: CanaryPlan | undefined;
  readonly clock: Clock;
  /** Unix time at the clock's origin, ms. */
  readonly wall: number;
  readonly vocabulary: Vocabulary;
  readonly lengths?: LengthsPlan;
  /** False: for requests that do not say it themselves. */
  readonly cachePrompt?: false;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What `setup` returned. */
  readonly data: unknown;
  readonly worker: number;
  readonly record: (line: RequestRecord) => void;
  /** Where in the user's file an error was thrown, for the message. */
  readonly describeError: (thrown: unknown) => string;
  /** Whether the run itself was stopped. */
  readonly halted: () => boolean;
}

/**
 * An iteration that is cut off after it has waited for so long, ms, for nothing of ours (no
 * request, no sleep) never ends by itself: that is an error of the script, and worth saying.
 */
const STUCK = 10_000;

/** Runs the function once. Never rejects: a throwing script is the outcome `failed`. */
export async function iterate(
  setting: IterationSetting,
  start: IterationStart,
  signal: AbortSignal,
): Promise<IterationEnd> {
  const checks: Record<string, boolean> = {};
  const waits: Waits = { count: 0, since: setting.clock.now() };
  const context = contextOf(setting, start, { signal, checks, waits });
  const interrupted = whenAborted(signal);
  try {
    const work = Promise.resolve(setting.function(context, setting.data));
    // A script that catches everything or never ends is left behind; it cannot hold up the run.
    work.catch(() => undefined);
    const outcome = await Promise.race([
      work.then(() => "completed" as const),
      interrupted.promise,
    ]);
    const shown = Object.keys(checks).length > 0 && { checks };
    if (outcome === "interrupted" && isStuck(setting, waits)) {
      return { outcome: "failed", error: setting.describeError(stuckError()), ...shown };
    }
    return { outcome, ...shown };
  } catch (thrown) {
    return { outcome: "failed", error: setting.describeError(thrown) };
  } finally {
    interrupted.forget();
  }
}

interface Under {
  readonly signal: AbortSignal;
  readonly checks: Record<string, boolean>;
  readonly waits: Waits;
}

/** Requests and sleeps that the script waits for now, and since when there have been none, ms. */
interface Waits {
  count: number;
  since: number;
}

function isStuck({ clock, halted }: IterationSetting, { count, since }: Waits): boolean {
  return count === 0 && !halted() && clock.now() - since >= STUCK;
}

function stuckError(): Error {
  return new Error(
    `the function never ended: it waited ${STUCK / 1000} s and more for something that is neither a request nor sleep()`,
  );
}

function contextOf(
  setting: IterationSetting,
  start: IterationStart,
  { signal, checks, waits }: Under,
): IterationContext {
  const { clock, scenario, seed, salt, vocabulary, lengths } = setting;
  const tags: Record<string, string> = { ...scenario.tags };
  let request = 0;
  const waitingFor = waiter(waits, clock, signal);
  const { phase, iteration: index } = start;
  const keys = { seed, salt, scenario: scenario.name, phase, index, vocabulary };
  const iteration = iterationOf(lengths === undefined ? keys : { ...keys, lengths });
  const never = () => new Promise<never>(() => undefined);
  return {
    async llm(asked: LlmRequest): Promise<Reply> {
      if (signal.aborted) return never(); // see whenAborted
      const ordinal = request;
      const toSend = setting.cachePrompt === false ? { cachePrompt: false, ...asked } : asked;
      request += 1;
      const work = performAttempts(toSend, {
        endpoint: setting.endpointFor(toSend),
        options: { clock, deadlines: setting.deadlines, signal },
        retries: setting.retries,
        scheduled: ordinal === 0 ? start.scheduled : undefined,
        wall: setting.wall,
        random: () => iteration.random(`retry ${ordinal}`),
        record: recorder(setting, { start, ordinal, tags: { ...tags, ...asked.tags } }),
      });
      return (await waitingFor(work)) ?? never(); // see whenAborted
    },
    check: (value, all) => runChecks(checks, value, all),
    async sleep(seconds) {
      await waitingFor(clock.sleepUntil(clock.now() + seconds * 1000, signal));
      if (signal.aborted) return never(); // see whenAborted
    },
    iteration,
    vu: { id: start.vu },
    tags,
    env: { ...setting.env, ...scenario.env },
    data: setting.data,
  };
}

interface Asked {
  readonly start: IterationStart;
  /** Of the request within the iteration. */
  readonly ordinal: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Makes the record of every attempt of a request. */
function recorder(
  { scenario, worker, record, canaries }: IterationSetting,
  { start, ordinal, tags }: Asked,
) {
  return (facts: AttemptFacts, reply: Reply): void => {
    const scheduled = ordinal === 0 && facts.firstAttempt === undefined && start.scheduled;
    const checks = canaries && replyChecks(canaries.replies, reply);
    record({
      type: "request",
      scenario: scenario.name,
      phase: start.phase,
      iteration: start.iteration,
      request: ordinal,
      vu: start.vu,
      worker,
      ...(typeof scheduled === "number" && { scheduled }),
      ...facts,
      ...(checks !== undefined && { checks }),
      ...(Object.keys(tags).length > 0 && { tags }),
    });
  };
}

/** Counts what the script waits for. An abandoned wait still counts: it is what was cut off. */
function waiter(waits: Waits, clock: Clock, signal: AbortSignal) {
  return async <Value>(work: Promise<Value>): Promise<Value> => {
    waits.count += 1;
    try {
      return await work;
    } finally {
      if (!signal.aborted) waits.count -= 1;
      waits.since = clock.now();
    }
  };
}

/** As k6: every check runs; a throwing one fails; the same name twice must hold twice. */
function runChecks<Value>(
  results: Record<string, boolean>,
  value: Value,
  all: Readonly<Record<string, (value: Value) => boolean>>,
): boolean {
  let every = true;
  for (const [name, holds] of Object.entries(all)) {
    if (name.startsWith(RESERVED)) throw reservedName(name);
    const passed = held(holds, value);
    results[name] = (results[name] ?? true) && passed;
    every &&= passed;
  }
  return every;
}

function reservedName(name: string): Error {
  return new Error(
    `the check "${name}" has a name of the built-in ones: those that begin with "${RESERVED}"`,
  );
}

function held<Value>(holds: (value: Value) => boolean, value: Value): boolean {
  try {
    return Boolean(holds(value) as unknown); // scripts need not be typed
  } catch {
    return false;
  }
}

/**
 * Resolves shortly after the signal: the exchange under way gets to record itself as interrupted
 * first. From then on the script's calls never return, so it goes no further.
 */
function whenAborted(signal: AbortSignal): {
  promise: Promise<"interrupted">;
  forget: () => void;
} {
  let forget = (): void => undefined;
  const promise = new Promise<"interrupted">((resolve) => {
    const listener = (): void => {
      setImmediate(resolve, "interrupted");
    };
    forget = () => {
      signal.removeEventListener("abort", listener);
    };
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener);
  });
  return { promise, forget };
}
