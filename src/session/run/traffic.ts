/** The traffic of one run, from the prompt book to the last record. */
import type { Clock, ClockOrigin } from "../../core/clock.ts";
import { messageOf, usageError } from "../../core/errors.ts";
import type { PhaseMark, RunHeader, RunLine } from "../../core/records.ts";
import { formatMillis } from "../../core/units.ts";
import type { Crew } from "../../load/worker-pool.ts";
import { scheduleOf } from "../../load/executors/executors.ts";
import { phaseMarks } from "../../load/executors/phases.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { RunWriter } from "../../store/write-run.ts";
import type { RunningTarget } from "../../target/spec.ts";
import type { Runtime } from "../runtime.ts";
import { apiOf, assembleCrew, bookOf } from "./create-worker-pool.ts";
import { watchForTheEnd, type Ending } from "./ending.ts";
import type { RunOrder } from "./run-request.ts";
import { sampleOurselves } from "./own-samples.ts";
import { SilenceOfTarget } from "./lost-target.ts";
import type { Progress } from "./progress.ts";
import { openTelemetry, type RunTelemetry } from "./telemetry.ts";
import { watchThresholds, type ThresholdWatch } from "./watch-thresholds.ts";

export interface Stage {
  readonly order: RunOrder;
  readonly runtime: Runtime;
  readonly progress: Progress;
  readonly stop: AbortSignal;
  readonly origin: ClockOrigin;
  readonly clock: Clock;
  readonly run: RunWriter;
  readonly header: RunHeader;
}

/** From "go" to the first start, ms: the workers make their schedules in the meantime. */
const LEAD = 200;

export async function runTraffic(stage: Stage, target: RunningTarget): Promise<Ending> {
  const { order, runtime, progress, origin, clock, header } = stage;
  const ledger = new Ledger(stage);
  const onLines = (lines: readonly RunLine[]): void => {
    ledger.record(lines);
  };
  const mapping = order.plan.metrics;
  const needs = { order: order.telemetry, mapping, target, runtime, origin, clock, onLines };
  const telemetry = await openTelemetry(needs);
  let crew: Crew | undefined;
  try {
    progress.say("learning how the server counts tokens");
    const { plan, env, workers } = order;
    const api = apiOf(order.api, target, (text) => {
      progress.say(text);
    });
    const book = await bookOf(target, api, runtime.cacheDir);
    await telemetry.ready();
    const { salt = "" } = header;
    const assignment = { plan, salt, target, book, api, env, workers, origin, onLines };
    crew = assembleCrew(assignment, runtime);
    ledger.onTrouble = () => {
      crew?.stop();
    };
    return await conduct(stage, { crew, ledger, target, telemetry });
  } finally {
    await telemetry.stop();
    ledger.close();
    await crew?.dismiss();
  }
}

interface Cast {
  readonly crew: Crew;
  readonly ledger: Ledger;
  readonly target: RunningTarget;
  readonly telemetry: RunTelemetry;
}

async function conduct(stage: Stage, { crew, ledger, target, telemetry }: Cast): Promise<Ending> {
  const { order, progress, clock, stop } = stage;
  const { plan } = order;
  const prepared = await Promise.race([prepare(crew), untilAborted(stop)]);
  if (crew.failure() !== undefined) return failed(crew, stage);
  if (prepared === undefined) return { reason: "interrupted", message: messageOf(stop.reason) };

  // What the server has counted until here (setup, prompt book) is not the traffic's.
  await telemetry.readNow();
  const { idleBefore = 0 } = order;
  if (idleBefore > 0) progress.say(`leaving the server idle for ${formatMillis(idleBefore)}`);
  const t0 = Math.ceil(clock.now()) + idleBefore + LEAD;
  const marks = plan.scenarios.flatMap((scenario) =>
    phaseMarks(scenario, t0, scheduleOf(scenario, plan.seed)),
  );
  const { record } = ledger;
  record(marks);
  telemetry.addEdges(marks);
  const watch = watchForTheEnd({ stop, crew, target, clock, record });
  const failing = ledger.watch(t0, watch.abort);
  progress.traffic({ plan, marks, clock, vus: () => crew.vus, failing });
  const stopSamples = sampleOurselves(clock, () => crew.vus, record);
  await crew.run(t0, prepared.data);
  stopSamples();
  watch.forget();
  ledger.throwTrouble();
  const ending = endingOf(crew, await withLostTarget(watch.ending(), ledger, target, t0), stage);
  const end = clock.now();
  // The last readings before the drain's end are of the traffic alone: teardown comes after it.
  await telemetry.readNow();
  record(drains(plan, marks, { start: end, end: clock.now() }));
  const wantsTeardown = ending.reason === "completed" || ending.reason === "aborted";
  if (wantsTeardown) await crew.teardown(prepared.data);
  return wantsTeardown && crew.failure() !== undefined ? failed(crew, stage) : ending;
}

/** A target that was lost is the reason, also where a threshold ended the run because of it. */
async function withLostTarget(
  ending: Ending,
  { silence }: Ledger,
  target: RunningTarget,
  t0: number,
): Promise<Ending> {
  if (ending.reason !== "completed" && ending.reason !== "aborted") return ending;
  return (await silence.ending(target, t0)) ?? ending;
}

/** A script that threw because its server had died is not to blame. */
function endingOf(crew: Crew, ending: Ending, stage: Stage): Ending {
  const failure = crew.failure();
  const excused = failure?.blame === "script" && ending.reason === "target_failed";
  return failure === undefined || excused ? ending : failed(crew, stage);
}

async function prepare(crew: Crew): Promise<{ readonly data: unknown }> {
  await crew.ready();
  return { data: await crew.setup() };
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const listener = (): void => {
      resolve(undefined);
    };
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener, { once: true });
  });
}

/** Where lines go: into the file, to who watches, and to the thresholds of the running test. */
class Ledger {
  readonly #stage: Stage;
  readonly silence = new SilenceOfTarget();
  #watch: ThresholdWatch | undefined;
  #trouble: { readonly thrown: unknown } | undefined;
  /** Called when the file cannot be written any more. */
  onTrouble: () => void = () => undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  readonly record = (lines: readonly RunLine[]): void => {
    if (this.#trouble !== undefined) return;
    const { run, progress } = this.#stage;
    try {
      run.append(lines);
    } catch (thrown) {
      this.#trouble = { thrown };
      this.onTrouble();
      return;
    }
    progress.lines(lines);
    this.silence.take(lines);
    this.#watch?.take(lines);
  };

  /** Judges thresholds from now on, when somebody wants to know; returns those that fail so far. */
  watch(t0: number, onAbort: (message: string) => void): () => readonly string[] {
    const { order, progress, header, clock } = this.#stage;
    const { thresholds } = order.plan;
    const wanted = progress.shown || thresholds.some(({ abortOnFail }) => abortOnFail);
    if (thresholds.length === 0 || !wanted) return () => [];
    const watch = watchThresholds(header, clock, onAbort);
    watch.start(t0);
    this.#watch = watch;
    return () => watch.failing();
  }

  /** @throws what writing the file threw, if it did */
  throwTrouble(): void {
    if (this.#trouble !== undefined) throw this.#trouble.thrown;
  }

  close(): void {
    this.#watch?.end();
  }
}

function failed(crew: Crew, { run, clock }: Stage): Ending {
  const failure = crew.failure() ?? { blame: "bug", message: "the crew stopped without a reason" };
  const { message } = failure;
  if (failure.blame === "bug") {
    const bug = new Error(message);
    bug.stack = failure.stack ?? message;
    throw bug;
  }
  run.append([{ type: "event", at: clock.now(), name: "script_error", message }]);
  const problem = usageError(`the scenario failed: ${message}`);
  return { reason: "script_failed", message, problem };
}

/** After the last planned start nothing is admitted; what still ran is drained and counted. */
function drains(
  plan: Plan,
  marks: readonly PhaseMark[],
  over: { readonly start: number; readonly end: number },
): PhaseMark[] {
  return plan.scenarios.flatMap(({ name }) => {
    const ends = marks.filter((mark) => mark.scenario === name).map((mark) => mark.end);
    const start = Math.min(Math.max(...ends), over.start);
    return [
      { type: "phase", scenario: name, name: "drain", start, end: over.end, measured: false },
    ];
  });
}
