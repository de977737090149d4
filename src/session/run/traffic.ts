/** The traffic of one run, from the vocabulary to the last record. */
import type { Clock, ClockOrigin } from "../../core/clock.ts";
import { messageOf, usageError } from "../../core/errors.ts";
import type { PhaseMark, RunHeader, RunLine } from "../../core/records.ts";
import { formatMillis } from "../../core/units.ts";
import type { WorkerPool } from "../../load/worker-pool.ts";
import { scheduleOf } from "../../load/executors/executors.ts";
import { phaseMarks } from "../../load/executors/phases.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { RunWriter } from "../../store/write-run.ts";
import type { RunningTarget } from "../../target/spec.ts";
import type { Runtime } from "../runtime.ts";
import { apiOf, createWorkerPool, vocabularyOf } from "./create-worker-pool.ts";
import { watchForTheEnd, type Ending } from "./ending.ts";
import type { RunRequest } from "./run-request.ts";
import { sampleOurselves } from "./own-samples.ts";
import { SilenceOfTarget } from "./lost-target.ts";
import type { Progress } from "./progress.ts";
import { openTelemetry, type RunTelemetry } from "./telemetry.ts";
import { watchThresholds, type ThresholdWatch } from "./watch-thresholds.ts";

export interface RunContext {
  readonly request: RunRequest;
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

export async function runTraffic(context: RunContext, target: RunningTarget): Promise<Ending> {
  const { request, runtime, progress, origin, clock, header } = context;
  const recorder = new LineRecorder(context);
  const onLines = (lines: readonly RunLine[]): void => {
    recorder.record(lines);
  };
  const mapping = request.plan.metrics;
  const needs = { request: request.telemetry, mapping, target, runtime, origin, clock, onLines };
  const telemetry = await openTelemetry(needs);
  let pool: WorkerPool | undefined;
  try {
    progress.say("learning how the server counts tokens");
    const { plan, env, workers } = request;
    const api = apiOf(request.api, target, (text) => {
      progress.say(text);
    });
    const vocabulary = await vocabularyOf(target, api, runtime.cacheDir);
    await telemetry.ready();
    const { salt = "" } = header;
    const assignment = { plan, salt, target, vocabulary, api, env, workers, origin, onLines };
    pool = createWorkerPool(assignment, runtime);
    recorder.onTrouble = () => {
      pool?.stop();
    };
    return await driveTraffic(context, { pool, recorder, target, telemetry });
  } finally {
    await telemetry.stop();
    recorder.close();
    await pool?.dismiss();
  }
}

interface TrafficParts {
  readonly pool: WorkerPool;
  readonly recorder: LineRecorder;
  readonly target: RunningTarget;
  readonly telemetry: RunTelemetry;
}

async function driveTraffic(
  context: RunContext,
  { pool, recorder, target, telemetry }: TrafficParts,
): Promise<Ending> {
  const { request, progress, clock, stop } = context;
  const { plan } = request;
  const prepared = await Promise.race([prepare(pool), untilAborted(stop)]);
  if (pool.failure() !== undefined) return failed(pool, context);
  if (prepared === undefined) return { reason: "interrupted", message: messageOf(stop.reason) };

  // What the server has counted until here (setup, vocabulary) is not the traffic's.
  await telemetry.readNow();
  const { idleBefore = 0 } = request;
  if (idleBefore > 0) progress.say(`leaving the server idle for ${formatMillis(idleBefore)}`);
  const t0 = Math.ceil(clock.now()) + idleBefore + LEAD;
  const marks = plan.scenarios.flatMap((scenario) =>
    phaseMarks(scenario, t0, scheduleOf(scenario, plan.seed)),
  );
  const { record } = recorder;
  record(marks);
  telemetry.addEdges(marks);
  const watch = watchForTheEnd({ stop, pool, target, clock, record });
  const failing = recorder.watch(t0, watch.abort);
  progress.traffic({ plan, marks, clock, vus: () => pool.vus, failing });
  const stopSamples = sampleOurselves(clock, () => pool.vus, record);
  await pool.run(t0, prepared.data);
  stopSamples();
  watch.forget();
  recorder.throwTrouble();
  const ending = endingOf(
    pool,
    await withLostTarget(watch.ending(), recorder, target, t0),
    context,
  );
  const end = clock.now();
  // The last readings before the drain's end are of the traffic alone: teardown comes after it.
  await telemetry.readNow();
  record(drains(plan, marks, { start: end, end: clock.now() }));
  const wantsTeardown = ending.reason === "completed" || ending.reason === "aborted";
  if (wantsTeardown) await pool.teardown(prepared.data);
  return wantsTeardown && pool.failure() !== undefined ? failed(pool, context) : ending;
}

/** A target that was lost is the reason, also where a threshold ended the run because of it. */
async function withLostTarget(
  ending: Ending,
  { silence }: LineRecorder,
  target: RunningTarget,
  t0: number,
): Promise<Ending> {
  if (ending.reason !== "completed" && ending.reason !== "aborted") return ending;
  return (await silence.ending(target, t0)) ?? ending;
}

/** A script that threw because its server had died is not to blame. */
function endingOf(pool: WorkerPool, ending: Ending, context: RunContext): Ending {
  const failure = pool.failure();
  const excused = failure?.blame === "script" && ending.reason === "target_failed";
  return failure === undefined || excused ? ending : failed(pool, context);
}

async function prepare(pool: WorkerPool): Promise<{ readonly data: unknown }> {
  await pool.ready();
  return { data: await pool.setup() };
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
class LineRecorder {
  readonly #context: RunContext;
  readonly silence = new SilenceOfTarget();
  #watch: ThresholdWatch | undefined;
  #trouble: { readonly thrown: unknown } | undefined;
  /** Called when the file cannot be written any more. */
  onTrouble: () => void = () => undefined;

  constructor(context: RunContext) {
    this.#context = context;
  }

  readonly record = (lines: readonly RunLine[]): void => {
    if (this.#trouble !== undefined) return;
    const { run, progress } = this.#context;
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
    const { request, progress, header, clock } = this.#context;
    const { thresholds } = request.plan;
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

function failed(pool: WorkerPool, { run, clock }: RunContext): Ending {
  const failure = pool.failure() ?? {
    blame: "bug",
    message: "the workers stopped without a reason",
  };
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
