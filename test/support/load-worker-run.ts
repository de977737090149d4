/** A scenario run by one load worker in this thread, against a server of the test's own. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { originNow } from "../../src/core/clock.ts";
import type { CanaryRecord, RunLine } from "../../src/core/records.ts";
import type { RequestRecord } from "../../src/core/request-record.ts";
import { DigestBuilder } from "../../src/judge/digest/digest-builder.ts";
import { digestOf, type RunDigest } from "../../src/judge/digest/digest.ts";
import { together } from "../../src/judge/collect/visit.ts";
import { RunJudge, type Judged } from "../../src/judge/summarize.ts";
import type { EndpointSpec, FromWorker, WorkerTask } from "../../src/load/messages.ts";
import { beginLoadWorker } from "../../src/load/load-worker.ts";
import { defaultVocabulary } from "../../src/scenario/vocabulary.ts";
import { loadScenario } from "../../src/scenario/load.ts";
import type { Plan } from "../../src/scenario/plan.ts";
import { header, mark } from "./runs/run-lines.ts";
import { scratchFolder } from "./scratch.ts";

const library = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

export interface LoadWorkerOptions {
  /** What the scenario's file says after its import of `plimsoll`. */
  readonly scenario: string;
  readonly origin: string;
  readonly connection?: EndpointSpec["connection"];
  /** Changes to the plan that a scenario cannot ask for. */
  readonly plan?: (plan: Plan) => Plan;
  /** Stops the run when it resolves. */
  readonly until?: Promise<unknown>;
}

export interface LoadWorkerEnded {
  readonly lines: readonly RunLine[];
  readonly requests: readonly RequestRecord[];
  readonly canaries: readonly CanaryRecord[];
  readonly judged: Judged;
  readonly digest: RunDigest;
}

/** Its first scenario must have the one phase `main`, all of it measured. */
export async function runLoadWorker(options: LoadWorkerOptions): Promise<LoadWorkerEnded> {
  const folder = scratchFolder("shift");
  try {
    const file = join(folder, "mine.ts");
    const imports = `import { chat, embeddings, prompts } from "plimsoll";\n`;
    writeFileSync(file, imports + options.scenario);
    const loaded = await loadScenario(file, {}, { library, builtIns: folder });
    const plan = options.plan?.(loaded.plan) ?? loaded.plan;
    const lines = await work(plan, options);
    return {
      lines,
      requests: lines.filter((line) => line.type === "request"),
      canaries: lines.filter((line) => line.type === "canary"),
      ...judge(plan, lines),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function work(plan: Plan, options: LoadWorkerOptions): Promise<RunLine[]> {
  const { origin, connection, until } = options;
  const task: WorkerTask = {
    plan,
    origin: originNow(),
    salt: "",
    shard: { index: 0, of: 1 },
    endpoint: {
      origin,
      api: "chat",
      mode: "fresh",
      facts: { server: undefined, model: "m", basePath: "", headers: {} },
      ...(connection && { connection }),
    },
    vocabulary: defaultVocabulary,
    library,
    env: {},
    counters: new SharedArrayBuffer(4 * plan.scenarios.length),
  };
  const lines: RunLine[] = [];
  await new Promise<void>((resolve, reject) => {
    const hear = (message: FromWorker): void => {
      if (message.type === "lines") lines.push(...message.lines);
      else if (message.type === "done") resolve();
      else if (message.type === "bug" || message.type === "script-error")
        reject(new Error(message.message));
    };
    beginLoadWorker(task, hear).then((worker) => {
      void until?.then(() => {
        worker.take({ type: "stop" });
      });
      worker.take({ type: "start", at: 0, data: undefined });
    }, reject);
  });
  return lines;
}

function judge(plan: Plan, lines: readonly RunLine[]): Pick<LoadWorkerEnded, "judged" | "digest"> {
  const ended = Math.max(...lines.map((line) => ("ended" in line ? (line.ended ?? 0) : 0)));
  const [judging, builder] = [new RunJudge(), new DigestBuilder()];
  const readers = together([judging, builder]);
  readers.add(header(plan));
  readers.add(mark("main", [0, ended + 1]));
  for (const line of lines) readers.add(line);
  readers.add({ type: "footer", at: ended + 1, reason: "completed" });
  const judged = judging.finish();
  return { judged, digest: digestOf(judged.summary, builder.finish()) };
}
