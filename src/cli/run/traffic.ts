/** The traffic of one run, from the prompt book to the last record. */
import type { Clock, ClockOrigin } from "../../core/clock.ts";
import { messageOf, targetError, usageError, type PlimsollError } from "../../core/errors.ts";
import type { PhaseMark, RunFooter, RunLine } from "../../core/records.ts";
import { Crew } from "../../load/crew.ts";
import { phaseMarks } from "../../load/phases.ts";
import { scheduleOf } from "../../load/executors.ts";
import { chooseApi } from "../../protocol/choose-api.ts";
import { defaultBook, type PromptBook } from "../../scenario/book.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { RunWriter } from "../../store/write-run.ts";
import { makePromptBook } from "../../target/prompt-book.ts";
import { tokenCounter } from "../../target/token-counter.ts";
import type { RunningTarget, ServerExit } from "../../target/spec.ts";
import { libraryOf } from "../places.ts";
import type { World } from "../world.ts";
import type { RunOrder } from "./order.ts";
import type { Progress } from "./progress.ts";

/** How the measuring ended; `problem` is what to tell the person besides the summary. */
export interface Ending {
  readonly reason: RunFooter["reason"];
  readonly message?: string;
  readonly problem?: PlimsollError;
}

export interface Stage {
  readonly order: RunOrder;
  readonly world: World;
  readonly progress: Progress;
  readonly stop: AbortSignal;
  readonly origin: ClockOrigin;
  readonly clock: Clock;
  readonly run: RunWriter;
}

/** From "go" to the first start, ms: the workers make their schedules in the meantime. */
const LEAD = 200;

/** Servers that close the connection of every stream; reusing it would make failures of our own. */
const CLOSES_STREAMS = new Set(["llama.cpp", "plimsoll"]);

export async function runTraffic(stage: Stage, target: RunningTarget): Promise<Ending> {
  const { order, world, progress, run } = stage;
  progress.say("learning how the server counts tokens");
  const book = await bookOf(target);
  const { origin: root, pathname } = new URL(target.baseUrl);
  const { server, model } = target.identity;
  const crew = new Crew({
    task: {
      plan: order.plan,
      origin: stage.origin,
      endpoint: {
        origin: root,
        api: apiOf(order.api, server, progress),
        mode: CLOSES_STREAMS.has(server ?? "") ? "fresh" : "keep-alive",
        facts: { server, model, basePath: pathname.replace(/\/$/, ""), headers: target.headers },
      },
      book,
      library: libraryOf(world),
      env: order.env,
    },
    workers: order.workers,
    execArgv: world.nodeArgs,
    onLines: (lines: readonly RunLine[]) => {
      run.append(lines);
      progress.lines(lines);
    },
  });
  try {
    return await conduct(stage, crew, target);
  } finally {
    await crew.dismiss();
  }
}

async function conduct(stage: Stage, crew: Crew, target: RunningTarget): Promise<Ending> {
  const { order, progress, clock, run, stop } = stage;
  const { plan } = order;
  await crew.ready();
  const data = await crew.setup();
  if (crew.failure() !== undefined) return failed(crew, stage);
  if (stop.aborted) return { reason: "interrupted", message: messageOf(stop.reason) };

  const t0 = Math.ceil(clock.now()) + LEAD;
  const marks = plan.scenarios.flatMap((scenario) =>
    phaseMarks(scenario, t0, scheduleOf(scenario, plan.seed)),
  );
  run.append(marks);
  progress.traffic({ plan, marks, clock, vus: () => crew.vus });
  const watch = watchForTheEnd(stage, crew, target);
  await crew.run(t0, data);
  watch.forget();
  const ending = crew.failure() === undefined ? watch.ending() : failed(crew, stage);
  run.append(drains(plan, marks, clock.now()));
  if (ending.reason === "completed") await crew.teardown(data);
  if (crew.failure() !== undefined) return failed(crew, stage);
  return ending;
}

/** What can end the traffic before its time: the person, or the server. The crew knows the rest. */
function watchForTheEnd(
  { stop, run, clock }: Stage,
  crew: Crew,
  target: RunningTarget,
): { ending: () => Ending; forget: () => void } {
  let ending: Ending = { reason: "completed" };
  let over = false;
  const interrupt = (): void => {
    const message = messageOf(stop.reason);
    run.append([{ type: "event", at: clock.now(), name: "interrupt", message }]);
    ending = { reason: "interrupted", message };
    crew.stop();
  };
  stop.addEventListener("abort", interrupt);
  if (stop.aborted) interrupt();
  void target.exited.then((exit) => {
    if (over || exit.expected) return;
    run.append([exitEvent(exit, clock.now())]);
    ending = {
      reason: "target_failed",
      message: exit.message,
      problem: targetError(exit.message, exit.logTail),
    };
    crew.stop();
  });
  return {
    ending: () => ending,
    forget: () => {
      over = true;
      stop.removeEventListener("abort", interrupt);
    },
  };
}

function exitEvent(exit: ServerExit, at: number): RunLine {
  return {
    type: "event",
    at,
    name: "server_exit",
    message: exit.message,
    ...(exit.code !== undefined && { exitCode: exit.code }),
    ...(exit.signal !== undefined && { signal: exit.signal }),
  };
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
  const problem = usageError(`the scenario threw: ${message}`);
  return { reason: "script_failed", message, problem };
}

/** After the last planned start nothing is admitted; what still ran is drained until now. */
function drains(plan: Plan, marks: readonly PhaseMark[], end: number): PhaseMark[] {
  return plan.scenarios.flatMap(({ name }) => {
    const ends = marks.filter((mark) => mark.scenario === name).map((mark) => mark.end);
    const start = Math.min(Math.max(...ends), end);
    return [{ type: "phase", scenario: name, name: "drain", start, end, measured: false }];
  });
}

/** The API that was named, or what suits the server. */
function apiOf(named: string, server: string | undefined, progress: Progress): string {
  if (named !== "auto") return named;
  const { api, why } = chooseApi(server);
  progress.say(why);
  return api;
}

async function bookOf({ baseUrl, headers, identity }: RunningTarget): Promise<PromptBook> {
  const counter = tokenCounter({ baseUrl, headers, model: identity.model });
  try {
    return await makePromptBook(counter, defaultBook.words);
  } finally {
    await counter.close();
  }
}
