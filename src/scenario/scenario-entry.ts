/** The thread that loads a scenario to plan it, and is ended as soon as it has answered. */
import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { PlimsollError } from "../core/errors.ts";
import { loadScenario } from "./load.ts";
import type { PlanAnswer, PlanTask } from "./plan-scenario.ts";

const { file, flags, places } = workerData as PlanTask;

async function answer(): Promise<PlanAnswer> {
  try {
    const { plan, notes } = await loadScenario(file, flags, places);
    return { type: "planned", resolved: { plan, notes } };
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError)) throw thrown;
    const { exitCode, message, hint } = thrown;
    return { type: "refused", exitCode, message, hint };
  }
}

const answered = await answer();
// What the file has rejected without anybody looking is its error before it is anybody's plan.
await setImmediate();
parentPort?.postMessage(answered);
