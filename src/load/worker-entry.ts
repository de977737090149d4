/** The load worker thread: a shift, connected to its message port. */
import { parentPort, workerData } from "node:worker_threads";
import { messageOf, PlimsollError } from "../core/errors.ts";
import type { FromWorker, ToWorker, WorkerTask } from "./messages.ts";
import { beginLoadWorker } from "./load-worker.ts";

const port = parentPort;
if (port === null) throw new Error("worker-entry is the load worker's thread; it is not run alone");

const say = (message: FromWorker): void => {
  port.postMessage(message);
};

try {
  const worker = await beginLoadWorker(workerData as WorkerTask, say);
  port.on("message", (message: ToWorker) => {
    worker.take(message);
  });
} catch (thrown) {
  const stack = thrown instanceof Error ? (thrown.stack ?? "") : "";
  // The scenario file loaded once already, on the main thread; here it refused.
  if (thrown instanceof PlimsollError) say({ type: "script-error", message: thrown.message });
  else say({ type: "bug", message: messageOf(thrown), stack });
}
