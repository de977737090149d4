/**
 * One load worker's share of a run: from the task it is given, through its scenarios, to the end.
 * It is told the time and the messages, so it runs the same in a thread and in a test.
 */
import { systemClock, toMicros, type Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { randomStream } from "../core/random.ts";
import type { IterationRecord, RunLine } from "../core/records.ts";
import type { LlmRequest, Reply } from "../core/request.ts";
import { adapterFor, findAdapter } from "../protocol/api/apis.ts";
import type { Adapter } from "../protocol/adapter.ts";
import type { Endpoint } from "../protocol/perform.ts";
import { openTransport } from "../protocol/transport.ts";
import { loadScript, scriptError, type Script } from "../scenario/script-file.ts";
import type { Plan } from "../scenario/plan.ts";
import type { SetupContext } from "../scenario/script.ts";
import { askCanaries } from "./ask-canaries.ts";
import { performAttempts } from "./attempts.ts";
import type { ExecutorContext, VuGauge } from "./executors/executor-context.ts";
import { watchHealth } from "./health.ts";
import { iterate, type IterationSetting } from "./iterate.ts";
import type { EndpointSpec, FromWorker, ToWorker, WorkerTask } from "./messages.ts";
import { preciseClock } from "./pacing/pacing.ts";
import { runScenario } from "./executors/executors.ts";
import { unmetWishes } from "./unmet-wishes.ts";
import { vusOf } from "./executors/vus.ts";

/** Records travel to the main thread in batches, ms apart. */
const BATCH_INTERVAL = 100;

export interface LoadWorker {
  take(message: ToWorker): void;
}

/** Loads the script and reports `ready`; from then on the messages say what to do. */
export async function beginLoadWorker(
  task: WorkerTask,
  say: (m: FromWorker) => void,
): Promise<LoadWorker> {
  const worker = new RunningLoadWorker(task, say);
  await worker.prepare();
  return worker;
}

class RunningLoadWorker implements LoadWorker {
  readonly #task: WorkerTask;
  readonly #say: (message: FromWorker) => void;
  readonly #clock: Clock;
  /** Wakes executors precisely; the many sleepers of iterations and requests use the plain one. */
  readonly #pacer: Clock;
  readonly #endpoint: Endpoint;
  #stop = new AbortController();
  readonly #vus: VuGauge = { active: 0, allocated: 0 };
  readonly #warned = new Set<string>();
  #lines: RunLine[] = [];
  #script: Script | undefined;

  constructor(task: WorkerTask, say: (message: FromWorker) => void) {
    this.#task = task;
    this.#say = say;
    this.#clock = systemClock(task.origin);
    const { pacing, shard } = task;
    this.#pacer =
      pacing === undefined ? this.#clock : preciseClock(this.#clock, pacing, shard.index);
    this.#endpoint = openEndpoint(task.endpoint, this.#clock, task.plan);
  }

  async prepare(): Promise<void> {
    const { plan, library } = this.#task;
    this.#script = await loadScript(plan.file, { library, parameters: plan.parameters });
    this.#say({ type: "ready" });
  }

  take(message: ToWorker): void {
    switch (message.type) {
      case "setup":
        this.#attend("setup", async () => {
          const data: unknown = await this.#script?.setup?.(this.#setupContext());
          this.#say({ type: "setup-done", data });
        });
        break;
      case "start":
        this.#attend(undefined, () => this.#run(message.at, message.data));
        break;
      case "stop":
        this.#stop.abort();
        break;
      case "teardown":
        this.#attend("teardown", async () => {
          // What it asks of the server is asked also when the traffic was stopped.
          this.#stop = new AbortController();
          await this.#script?.teardown?.(this.#setupContext(), message.data);
          this.#say({ type: "teardown-done" });
        });
        break;
    }
  }

  /**
   * Whatever a part of the script throws is the script's; else what has its file in the stack (it
   * may also give what cannot be sent to other threads). The rest is a bug of ours.
   */
  #attend(part: "setup" | "teardown" | undefined, work: () => Promise<void>): void {
    work().catch((thrown: unknown) => {
      const { file } = this.#task.plan;
      const stack = thrown instanceof Error ? (thrown.stack ?? "") : "";
      if (part !== undefined || stack.includes(file)) {
        this.#say({ type: "script-error", message: scriptError(file, thrown, part).message });
      } else this.#say({ type: "bug", message: messageOf(thrown), stack });
    });
  }

  async #run(at: number, data: unknown): Promise<void> {
    const { plan, shard } = this.#task;
    const stopHealth = watchHealth(`worker-${shard.index}`, this.#clock, this.#record);
    const batches = setInterval(this.#flush, BATCH_INTERVAL);
    this.#flush(); // a script may hold the thread from its first moment on
    const stopCanaries = this.#askCanaries(at);
    try {
      await Promise.all(plan.scenarios.map((_scenario, i) => this.#runScenario(i, at, data)));
    } finally {
      await stopCanaries();
      clearInterval(batches);
      stopHealth();
      this.#flush();
      await this.#endpoint.transport.close();
    }
    this.#say({ type: "done" });
  }

  /** One worker asks for all of them. Returns how to stop. */
  #askCanaries(at: number): () => Promise<void> {
    const { plan, shard } = this.#task;
    if (plan.canaries === undefined || plan.canaries.prompts.length === 0 || shard.index > 0) {
      return () => Promise.resolve();
    }
    const cut = new AbortController();
    const setting = {
      plan: plan.canaries,
      endpointFor: this.#endpointFor,
      deadlines: plan.deadlines,
      clock: this.#clock,
      worker: shard.index,
      record: this.#record,
    };
    const asking = askCanaries(setting, at, cut.signal).catch((thrown: unknown) => {
      this.#say({
        type: "script-error",
        message: `${plan.file}: options.canaries: ${messageOf(thrown)}`,
      });
      this.#stop.abort();
    });
    return () => {
      cut.abort();
      return asking;
    };
  }

  #runScenario(index: number, at: number, data: unknown): Promise<void> {
    const { plan, salt, shard, vocabulary, env, counters } = this.#task;
    const scenario = plan.scenarios[index];
    const script = this.#script;
    if (scenario === undefined || script === undefined) throw new Error("started before ready");
    const setting: IterationSetting = {
      scenario,
      seed: plan.seed,
      salt,
      function: script.functionOf(scenario.exec),
      endpointFor: this.#endpointFor,
      deadlines: plan.deadlines,
      retries: plan.retries,
      canaries: plan.canaries,
      clock: this.#clock,
      wall: this.#task.origin.wall,
      vocabulary,
      ...(plan.lengths !== undefined && { lengths: plan.lengths }),
      ...(plan.cachePrompt === false && { cachePrompt: false }),
      env,
      data,
      worker: shard.index,
      record: this.#record,
      describeError: (thrown) => scriptError(plan.file, thrown, scenario.exec).message,
      halted: () => this.#stop.signal.aborted,
    };
    const context: ExecutorContext = {
      clock: this.#pacer,
      start: at,
      shard,
      firstVu: firstVuOf(plan, index),
      signal: this.#stop.signal,
      vus: this.#vus,
      counter: new Int32Array(counters, index * Int32Array.BYTES_PER_ELEMENT, 1),
      run: (start, signal) => iterate(setting, withWholeMicros(start), signal),
      record: this.#recordIteration,
      warn: (code, message) => {
        this.#record({ type: "warning", at: this.#clock.now(), code, message });
      },
    };
    return runScenario(scenario, plan.seed, context);
  }

  /** The run's endpoint, with the adapter that the request names if it does. */
  readonly #endpointFor = (request: LlmRequest): Endpoint => {
    const adapter = adapterFor(request, this.#endpoint.adapter);
    this.#warnOfUnmet(request, adapter);
    if (adapter === this.#endpoint.adapter) return this.#endpoint;
    const composed = adapter.templated === this.#endpoint.adapter.templated;
    return { ...this.#endpoint, adapter, composed };
  };

  /** Once a run and API, as far as this worker can tell. */
  #warnOfUnmet(request: LlmRequest, adapter: Adapter): void {
    if (this.#task.shard.index > 0) return;
    for (const wish of unmetWishes(request, adapter, this.#endpoint.facts)) {
      const key = `${wish.code} ${adapter.name}`;
      if (this.#warned.has(key)) continue;
      this.#warned.add(key);
      this.#record({ type: "warning", at: this.#clock.now(), ...wish });
    }
  }

  readonly #recordIteration = (line: IterationRecord): void => {
    this.#record(withWholeMicros(line));
    if (line.outcome !== "failed") return;
    this.#say({ type: "script-error", message: line.error ?? "the script threw" });
    // One broken iteration means that all are: the work would no longer be what the plan says.
    this.#stop.abort();
  };

  readonly #record = (line: RunLine): void => {
    this.#lines.push(line);
  };

  readonly #flush = (): void => {
    this.#say({ type: "vus", ...this.#vus });
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#say({ type: "lines", lines });
  };

  #setupContext(): SetupContext {
    const options = {
      clock: this.#clock,
      deadlines: this.#task.plan.deadlines,
      signal: this.#stop.signal,
    };
    return {
      llm: async (request: LlmRequest): Promise<Reply> => {
        const reply = await performAttempts(request, {
          endpoint: this.#endpointFor(request),
          options,
          retries: this.#task.plan.retries,
          scheduled: undefined,
          wall: this.#task.origin.wall,
          random: () => randomStream(this.#task.plan.seed, "setup", "retry"),
          record: () => undefined,
        });
        return reply ?? new Promise<never>(() => undefined); // cut off: it goes no further
      },
      sleep: (seconds) =>
        this.#clock.sleepUntil(this.#clock.now() + seconds * 1000, this.#stop.signal),
      env: this.#task.env,
    };
  }
}

function openEndpoint(spec: EndpointSpec, clock: Clock, plan: Plan): Endpoint {
  const adapter = findAdapter(spec.api);
  if (adapter === undefined) throw new Error(`no adapter for the API ${spec.api}`);
  const { origin, connection, mode, facts } = spec;
  const connectTimeout = plan.deadlines.connect;
  const transport = openTransport({ origin, connection, mode, connectTimeout, clock });
  return { adapter, facts, transport, composed: true };
}

/** Ids of virtual users are unique in the run: those of earlier scenarios come first. */
function firstVuOf(plan: Plan, index: number): number {
  return plan.scenarios.slice(0, index).reduce((sum, { executor }) => sum + vusOf(executor), 1);
}

/** Schedules are exact; records have the clock's resolution. */
function withWholeMicros<Line extends { readonly scheduled?: number }>(line: Line): Line {
  return line.scheduled === undefined ? line : { ...line, scheduled: toMicros(line.scheduled) };
}
