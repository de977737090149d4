/** Traffic of the real engine, in its own threads, against the scripted server. */
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock, type ClockOrigin } from "../../core/clock.ts";
import type { IterationRecord, RunLine } from "../../core/records.ts";
import type { RequestRecord } from "../../core/request-record.ts";
import type { Sample } from "../../core/telemetry-lines.ts";
import { WorkerPool } from "../../load/worker-pool.ts";
import { defaultVocabulary } from "../../scenario/vocabulary.ts";
import { planScenario } from "../../scenario/plan-scenario.ts";
import type { Options } from "../../scenario/script.ts";
import type { StreamScript } from "../../reference-server/scripted/stream-script.ts";
import { libraryOf, scenarioThread } from "../places.ts";
import type { Runtime } from "../runtime.ts";

/** What the iterations ask of the scripted server. */
export interface ScriptedWork {
  /** Iteration k plays number k modulo their count. */
  readonly scripts: readonly Partial<StreamScript>[];
  /** The first content comes up to so much later, ms, each stream's at another time. */
  readonly stagger?: number;
  /** Whether the server keeps what it sent; default true. */
  readonly truth?: boolean;
}

export interface ScriptedTraffic {
  readonly origin: ClockOrigin;
  /** Of the scripted server. */
  readonly url: string;
  readonly workers: number;
  /** k6's `scenarios`. */
  readonly scenarios: Options["scenarios"];
  readonly work: ScriptedWork;
  /** Handed every batch of lines, instead of keeping them. */
  readonly onLines?: (lines: readonly RunLine[]) => void;
}

export interface Observed {
  readonly requests: readonly RequestRecord[];
  readonly iterations: readonly IterationRecord[];
  readonly samples: readonly Sample[];
  /** From the start of the traffic to its end, ms. */
  readonly elapsed: number;
}

/** From "go" to the first start, ms. */
const LEAD = 100;

/** Runs the traffic to its end. Nothing is written anywhere. */
export async function runScripted(traffic: ScriptedTraffic, runtime: Runtime): Promise<Observed> {
  const { origin, url, workers } = traffic;
  const lines: RunLine[] = [];
  const { plan } = await planScenario(
    scenarioFile(),
    {
      env: {
        OPTIONS: JSON.stringify({ scenarios: traffic.scenarios }),
        WORK: JSON.stringify(traffic.work),
      },
    },
    scenarioThread(runtime),
  );
  const clock = systemClock(origin);
  const facts = { server: "plimsoll-scripted", model: "scripted", basePath: "", headers: {} };
  const pool = new WorkerPool({
    task: {
      plan,
      salt: "",
      origin,
      endpoint: { origin: url, api: "chat", mode: "keep-alive", facts },
      vocabulary: defaultVocabulary,
      library: libraryOf(runtime),
      env: {},
    },
    workers,
    execArgv: runtime.nodeArgs,
    onLines: traffic.onLines ?? ((batch) => lines.push(...batch)),
    print: scenarioThread(runtime).print,
  });
  try {
    await pool.ready();
    const start = Math.ceil(clock.now()) + LEAD;
    await pool.run(start, undefined);
    throwFailure(pool);
    return { ...sorted(lines), elapsed: clock.now() - start };
  } finally {
    await pool.dismiss();
  }
}

export function scenarioFile(): string {
  const self = import.meta.url;
  return fileURLToPath(new URL(`./calibration-scenario${extname(self)}`, self));
}

function throwFailure(pool: WorkerPool): void {
  const failure = pool.failure();
  if (failure === undefined) return;
  const error = new Error(failure.message);
  if (failure.stack !== undefined) error.stack = failure.stack;
  throw error;
}

function sorted(lines: readonly RunLine[]): Omit<Observed, "elapsed"> {
  return {
    requests: lines.filter((line) => line.type === "request"),
    iterations: lines.filter((line) => line.type === "iteration"),
    samples: lines.filter((line) => line.type === "sample"),
  };
}
