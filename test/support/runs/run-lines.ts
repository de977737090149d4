/** Lines of run.jsonl with everything a test does not care about filled in. */
import type {
  IterationRecord,
  PhaseMark,
  RunFooter,
  RunHeader,
  RunLine,
} from "../../../src/core/records.ts";
import type { RequestRecord } from "../../../src/core/request-record.ts";
import type { Sample } from "../../../src/core/telemetry-lines.ts";
import type { MetricName } from "../../../src/core/metrics.ts";
import { summarize, type Judged } from "../../../src/judge/summarize.ts";
import type { MetricSummary } from "../../../src/judge/metric-summaries.ts";
import type { Summary } from "../../../src/judge/summary.ts";
import type { Plan, ScenarioPlan, ThresholdPlan } from "../../../src/scenario/plan.ts";

/** 10 iterations a second: 1 s of warm-up, then 2 s measured. */
export const openScenario: ScenarioPlan = {
  name: "main",
  exec: "default",
  startTime: 0,
  gracefulStop: 1000,
  env: {},
  tags: {},
  executor: {
    executor: "constant-arrival-rate",
    arrival: { kind: "constant" },
    preAllocatedVUs: 10,
    maxVUs: 10,
    segments: [
      { phase: "warmup", measured: false, duration: 1000, from: 10, to: 10 },
      { phase: "steady", measured: true, duration: 2000, from: 10, to: 10 },
    ],
  },
};

export const closedScenario: ScenarioPlan = {
  ...openScenario,
  executor: {
    executor: "shared-iterations",
    phase: "smoke",
    vus: 1,
    iterations: 2,
    maxDuration: 600_000,
  },
};

export function plan(changes: Partial<Plan> = {}): Plan {
  return {
    schema: "plimsoll.plan/1",
    name: "steady",
    file: "/scenarios/steady.ts",
    fileHash: "f".repeat(64),
    seed: 1,
    parameters: {},
    scenarios: [openScenario],
    slo: { limits: [] },
    thresholds: [],
    deadlines: {
      connect: 5000,
      headers: 60_000,
      firstContent: 60_000,
      nextContent: 30_000,
      total: 0,
    },
    timeouts: { setup: 60_000, teardown: 60_000 },
    ...changes,
  };
}

export function threshold(changes: Partial<ThresholdPlan> = {}): ThresholdPlan {
  return {
    key: "ttft",
    metric: "ttft",
    selector: {},
    source: "p(95)<100",
    aggregation: { kind: "percentile", p: 95 },
    operator: "<",
    limit: 100,
    abortOnFail: false,
    delayAbortEval: 0,
    noData: "fail",
    ...changes,
  };
}

export function header(changes: Partial<Plan> = {}, rest: Partial<RunHeader> = {}): RunHeader {
  return {
    type: "header",
    schema: "plimsoll.run/1",
    run: "2026-11-21T10-39-12-steady-a1b2",
    plimsoll: "0.1.0",
    startedAt: "2026-11-21T10:39:12.000Z",
    plan: plan(changes),
    planHash: "0".repeat(64),
    environment: {
      os: "linux",
      arch: "x64",
      cpu: "a cpu",
      cores: 2,
      memoryBytes: 4e9,
      hostname: "host",
      node: "v20.20.2",
      plimsoll: "0.1.0",
    },
    ...rest,
  };
}

/** The marks of `openScenario` when its traffic starts at 1000. */
export const marks: readonly PhaseMark[] = [
  mark("warmup", [1000, 2000], { measured: false, targetRate: [10, 10], planned: 10 }),
  mark("steady", [2000, 4000], { targetRate: [10, 10], planned: 20 }),
];

export function mark(
  name: string,
  [start, end]: readonly [number, number],
  changes: Partial<PhaseMark> = {},
): PhaseMark {
  return { type: "phase", scenario: "main", name, start, end, measured: true, ...changes };
}

/**
 * A request that succeeded: due and sent at `sent`, then 4 tokens, 50 ms after it and every 10 ms.
 */
export function request(sent: number, changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    type: "request",
    scenario: "main",
    phase: "steady",
    iteration: 0,
    request: 0,
    vu: 1,
    worker: 0,
    api: "chat",
    scheduled: sent,
    sent,
    connect: 1,
    headers: sent + 5,
    firstContent: sent + 50,
    lastContent: sent + 80,
    ended: sent + 81,
    contentGapsUs: [50_000, 10_000, 10_000, 10_000],
    perEvent: "token",
    status: 200,
    outcome: { ok: true, finish: "length" },
    output: { count: 4, source: "usage" },
    prompt: { count: 100, source: "usage" },
    asked: { output: 4 },
    bytes: 1000,
    ...changes,
  };
}

/** A request that was answered 503 after 20 ms. */
export function failedRequest(sent: number, changes: Partial<RequestRecord> = {}): RequestRecord {
  const { type, scenario, phase, iteration, request: ordinal, vu, worker, api } = request(sent);
  return {
    ...{ type, scenario, phase, iteration, request: ordinal, vu, worker, api },
    scheduled: sent,
    sent,
    headers: sent + 20,
    ended: sent + 20,
    status: 503,
    outcome: { ok: false, failure: "overloaded", message: "no slot" },
    bytes: 10,
    ...changes,
  };
}

/** A request that was cut off by the end of the run after its second token. */
export function censoredRequest(sent: number, changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    ...failedRequest(sent),
    status: 200,
    firstContent: sent + 50,
    lastContent: sent + 60,
    ended: sent + 70,
    contentGapsUs: [50_000, 10_000],
    perEvent: "chunk",
    output: { count: 2, source: "events" },
    outcome: { ok: false, failure: "interrupted", message: "the run ended" },
    ...changes,
  };
}

export function iteration(
  started: number,
  changes: Partial<IterationRecord> = {},
): IterationRecord {
  return {
    type: "iteration",
    scenario: "main",
    phase: "steady",
    iteration: 0,
    vu: 1,
    scheduled: started,
    started,
    ended: started + 82,
    outcome: "completed",
    ...changes,
  };
}

export function dropped(scheduled: number, phase = "steady"): IterationRecord {
  return {
    type: "iteration",
    scenario: "main",
    phase,
    iteration: 0,
    scheduled,
    outcome: "dropped",
  };
}

export function sample(at: number, metric: string, value: number, source = "worker-0"): Sample {
  return { type: "sample", at, source, metric, value };
}

export function footer(at: number, reason: RunFooter["reason"] = "completed"): RunFooter {
  return { type: "footer", at, reason };
}

/** A request and its iteration at each of these times. */
export function served(
  times: readonly number[],
  changes: Partial<RequestRecord> = {},
  phase = "steady",
): RunLine[] {
  return times.flatMap((at) => [request(at, { phase, ...changes }), iteration(at, { phase })]);
}

/** `count` times, `step` ms apart. */
export function every(step: number, from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i * step);
}

/** What `openScenario` gives on a server that never errs: 10 + 20 requests, all alike. */
export function steadyLines(changes: Partial<Plan> = {}): RunLine[] {
  return [
    header(changes),
    {
      type: "target",
      at: 500,
      identity: { kind: "remote", url: "http://server:8080", server: "llama.cpp" },
    },
    ...marks,
    ...served(every(100, 1000, 10), {}, "warmup"),
    ...served(every(100, 2000, 20)),
    mark("drain", [4000, 4100], { measured: false }),
    footer(4100),
  ];
}

export const judged = (lines: readonly RunLine[]): Promise<Judged> => summarize(stream(lines));

export async function summaryOf(lines: readonly RunLine[]): Promise<Summary> {
  return (await judged(lines)).summary;
}

/** The metric of a summary, which must be there and of this kind. */
export function metric<Kind extends MetricSummary["kind"]>(
  { metrics }: Summary,
  name: MetricName,
  kind: Kind,
): Extract<MetricSummary, { kind: Kind }> {
  const found = metrics[name];
  if (found?.kind !== kind) throw new Error(`${name} is ${found?.kind ?? "absent"}, not a ${kind}`);
  return found as Extract<MetricSummary, { kind: Kind }>;
}

export async function* stream(lines: readonly RunLine[]): AsyncGenerator<RunLine> {
  for (const line of lines) yield await Promise.resolve(line);
}

/** The record without these properties. */
export function without<Lines extends object, Key extends keyof Lines>(
  line: Lines,
  ...keys: readonly Key[]
): Omit<Lines, Key> {
  const left = Object.entries(line).filter(([key]) => !keys.includes(key as Key));
  return Object.fromEntries(left) as Omit<Lines, Key>;
}
