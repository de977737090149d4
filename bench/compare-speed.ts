/** How long a comparison takes: two runs of 100,000 requests, and a thousand nights of history. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { digestOfRun } from "../src/cli/stored/digest-of-run.ts";
import { writeDigest } from "../src/store/digests.ts";
import { originNow, systemClock } from "../src/core/clock.ts";
import { randomStream } from "../src/core/random.ts";
import type { PhaseMark } from "../src/core/records.ts";
import type { RequestRecord } from "../src/core/request-record.ts";
import { compareRuns } from "../src/judge/compare/compare-runs.ts";
import type { RunDigest } from "../src/judge/digest/digest.ts";
import { historyOf } from "../src/judge/history/history.ts";
import { loadScenario } from "../src/scenario/load.ts";
import { createRun } from "../src/store/write-run.ts";
import { ROOT } from "./world.ts";
import type { BenchTable } from "./table.ts";
import { scratchFolder } from "./scratch.ts";

const REQUESTS = 100_000;
const TOKENS = 32;
const NIGHTS = 1000;

export async function compareSpeed(): Promise<BenchTable> {
  const folder = scratchFolder("compare-speed");
  const clock = systemClock(originNow());
  const timed = async <Result>(work: () => Result | Promise<Result>) => {
    const start = clock.now();
    const result = await work();
    return { result, ms: clock.now() - start };
  };
  try {
    const runs = [await writeRun(folder, 1), await writeRun(folder, 2)];
    const [first = "", second = ""] = runs;
    const cold = await timed(async () => compare(first, second));
    for (const directory of runs) await writeDigest(directory, await digestOfRun(directory));
    const warm = await timed(async () => compare(first, second));
    const [digest] = await digests([first]);
    const history = sessions(digest);
    const course = await timed(() => historyOf("steady", history));
    const row = (what: string, ms: number, aim: string) => ({ what, ms: Math.round(ms), aim });
    return {
      title: `Comparing runs of ${REQUESTS} requests of ${TOKENS} tokens`,
      rows: [
        row("two runs, as every run leaves them (digest.json)", warm.ms, "< 2 s"),
        row("two runs, from run.jsonl alone", cold.ms, ""),
        row(`history of ${NIGHTS} nights, every metric`, course.ms, "< 1 s"),
      ],
      notes: [],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compare(first: string, second: string): Promise<unknown> {
  return compareRuns({ baseline: await digests([first]), candidate: await digests([second]) });
}

function digests(directories: readonly string[]): Promise<RunDigest[]> {
  return Promise.all(directories.map((directory) => digestOfRun(directory)));
}

async function writeRun(folder: string, seed: number): Promise<string> {
  const places = { library: join(ROOT, "src", "index.ts"), builtIns: join(ROOT, "scenarios") };
  const { plan } = await loadScenario("steady", {}, places);
  const environment = {
    os: "Linux",
    arch: "x64",
    cpu: "bench",
    cores: 2,
    memoryBytes: 1,
    hostname: "bench",
    node: "v20",
    plimsoll: "0.1.0",
  };
  const startedAt = "2026-11-21T00:00:00.000Z";
  const run = createRun(folder, "steady", {
    plimsoll: "0.1.0",
    startedAt,
    plan,
    planHash: "bench",
    environment,
  });
  const phase: PhaseMark = {
    type: "phase",
    scenario: "main",
    name: "main",
    start: 0,
    end: REQUESTS * 6,
    measured: true,
  };
  run.append([phase]);
  const random = randomStream("compare speed", seed);
  for (let k = 0; k < REQUESTS; k += 1000) {
    run.append(Array.from({ length: 1000 }, (_, i) => request(k + i, random.normal())));
  }
  run.append([{ type: "footer", at: REQUESTS * 6, reason: "completed" }]);
  run.close();
  return run.directory;
}

function request(iteration: number, luck: number): RequestRecord {
  const scheduled = iteration * 6;
  const ttft = Math.round(200_000 * Math.exp(0.3 * luck));
  const gaps = Array.from({ length: TOKENS }, (_, i) =>
    i === 0 ? ttft : 20_000 + ((i * 977) % 4000),
  );
  const firstContent = scheduled + ttft / 1000;
  const lastContent = scheduled + gaps.reduce((sum, gap) => sum + gap, 0) / 1000;
  return {
    type: "request",
    scenario: "main",
    phase: "main",
    iteration,
    request: 0,
    vu: 0,
    worker: 0,
    api: "chat",
    scheduled,
    sent: scheduled,
    firstContent,
    lastContent,
    ended: lastContent,
    contentGapsUs: gaps,
    perEvent: "token",
    status: 200,
    outcome: { ok: true, finish: "length" },
    output: { count: TOKENS, source: "usage" },
    bytes: 6000,
  };
}

function sessions(digest: RunDigest | undefined): readonly RunDigest[] {
  if (digest === undefined) return [];
  const random = randomStream("compare speed nights");
  return Array.from({ length: NIGHTS }, (_, night) => ({
    ...digest,
    run: `run-${night}`,
    session: `night-${night}`,
    startedAt: new Date(Date.UTC(2024, 0, 1 + night)).toISOString(),
    status: "passed" as const,
    validity: "valid" as const,
    figures: Object.fromEntries(
      Object.entries(digest.figures).map(([id, figure]) => [
        id,
        {
          ...figure,
          value: figure.value * Math.exp(0.03 * random.normal() + (night > 700 ? 0.1 : 0)),
        },
      ]),
    ),
  }));
}
