/**
 * From the name a person typed to the plan, without running the scenario's code in this thread. A
 * file can do anything while it loads (end its process, compute for ever, leave something open, fail
 * when everybody has gone on); in a thread of its own it does so to that thread only.
 */
import { Worker } from "node:worker_threads";
import { PlimsollError, usageError, type ExitCode } from "../core/errors.ts";
import { findScenario, type ScenarioPlaces } from "./load.ts";
import type { PlanFlags, Resolved } from "./resolve/resolve.ts";
import { placeInScript, scriptError } from "./script-file.ts";

/** Where a scenario's thread runs, and where what it prints goes. */
export interface ScenarioThread extends ScenarioPlaces {
  /** Node flags that let a thread run our entry file (a loader when run from source). */
  readonly nodeArgs: readonly string[];
  /** Takes what the scenario writes to its stdout and stderr. */
  readonly print: (text: string) => void;
  /** How long the file may take, ms; above what its own thread waits for an `await`. */
  readonly patience?: number;
}

/** Handed to the thread when it is created. */
export interface PlanTask {
  readonly file: string;
  readonly flags: PlanFlags;
  readonly places: ScenarioPlaces;
}

export type PlanAnswer =
  | { readonly type: "planned"; readonly resolved: Resolved }
  | {
      readonly type: "refused";
      readonly exitCode: ExitCode;
      readonly message: string;
      readonly hint: string | undefined;
    };

/** A file that waits is told on so by its own thread, after 30 s; one that computes cannot be. */
const PATIENCE = 35_000;

/**
 * Loads a scenario, by path or by the name of a built-in one, and resolves its plan.
 *
 * @throws usage error when the file is missing, does not load, or its options are wrong
 */
export async function planScenario(
  name: string,
  flags: PlanFlags,
  thread: ScenarioThread,
): Promise<Resolved> {
  const { library, builtIns, nodeArgs, print, patience = PATIENCE } = thread;
  const file = findScenario(name, builtIns);
  const suffix = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const entry = new URL(`./scenario-entry.${suffix}`, import.meta.url);
  const workerData: PlanTask = { file, flags, places: { library, builtIns } };
  const streams = { stdout: true, stderr: true };
  const worker = new Worker(entry, { workerData, execArgv: [...nodeArgs], ...streams });
  for (const stream of [worker.stdout, worker.stderr]) stream.setEncoding("utf8").on("data", print);
  try {
    return taken(await answerOf(worker, file, patience));
  } finally {
    await worker.terminate();
  }
}

function answerOf(worker: Worker, file: string, patience: number): Promise<PlanAnswer> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      const message = `${file}: has not loaded within ${patience / 1000} s`;
      reject(usageError(message, "Its code outside of functions, or its options(), never ends."));
    }, patience);
    worker.on("message", resolve);
    worker.on("error", (thrown) => {
      reject(blamed(file, thrown));
    });
    worker.on("exit", () => {
      clearTimeout(late);
      const hint = "Something in it, outside of its functions, calls process.exit().";
      reject(usageError(`${file}: ended the thread that loads it`, hint));
    });
  });
}

/** What nobody caught is the file's where its stack says so; else it is a bug of ours. */
function blamed(file: string, thrown: unknown): Error {
  const memory = thrown instanceof Error && "code" in thrown && thrown.code === OUT_OF_MEMORY;
  if (memory) return usageError(`${file}: ran out of memory while it was loaded`);
  const isOurs = thrown instanceof Error && placeInScript(file, thrown) === undefined;
  return isOurs && (thrown.stack ?? "").includes(import.meta.dirname)
    ? thrown
    : scriptError(file, thrown);
}

const OUT_OF_MEMORY = "ERR_WORKER_OUT_OF_MEMORY";

function taken(answer: PlanAnswer): Resolved {
  if (answer.type === "planned") return answer.resolved;
  throw new PlimsollError(answer.exitCode, answer.message, answer.hint);
}
