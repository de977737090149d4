/** Memory of the whole client while it makes 100,000 requests: bounded by what is in flight. */
import { rmSync } from "node:fs";
import { runScripted } from "../src/session/calibrate/scripted-traffic.ts";
import { describeEnvironment } from "../src/session/run/environment.ts";
import { originNow, wallTime } from "../src/core/clock.ts";
import { startScripted } from "../src/reference-server/scripted/start-scripted.ts";
import { createRun } from "../src/store/write-run.ts";
import { judgeAim } from "./aims.ts";
import type { BenchRow, BenchTable } from "./table.ts";
import { benchWorld } from "./world.ts";
import { scratchFolder } from "./scratch.ts";

const REQUESTS = 100_000;
const EVERY = 25_000;
const MIB = 2 ** 20;

export async function memory(): Promise<BenchTable> {
  const world = benchWorld();
  const origin = originNow();
  const server = await startScripted(origin, { node: world.node, args: world.nodeArgs });
  const out = scratchFolder("bench");
  const run = createRun(out, "memory", {
    plimsoll: "bench",
    startedAt: wallTime(origin, 0),
    plan: {},
    planHash: "",
    environment: describeEnvironment("bench", world.nodeVersion),
  });
  const rows: BenchRow[] = [row("before", 0)];
  let requests = 0;
  try {
    await runScripted(
      {
        origin,
        url: server.url,
        workers: 1,
        scenarios: {
          main: { executor: "shared-iterations", vus: 100, iterations: REQUESTS },
        },
        work: { scripts: [{ ttft: 0, itl: 0, tokens: 4 }], truth: false },
        onLines: (lines) => {
          run.append(lines);
          const before = Math.floor(requests / EVERY);
          requests += lines.filter(({ type }) => type === "request").length;
          if (Math.floor(requests / EVERY) > before) rows.push(row("running", requests));
        },
      },
      world,
    );
  } finally {
    await server.stop();
    run.close();
    rmSync(out, { recursive: true, force: true });
  }
  return {
    title: "Memory of the client over 100,000 requests, records written",
    rows,
    notes: [growth(rows)],
  };
}

/** MiB by which the resident memory may grow from half of the requests to all: noise of the heap. */
const MOST_GROWTH = 32;

function growth(rows: readonly BenchRow[]): string {
  const at = (requests: number): number =>
    Number(rows.find((one) => Number(one["requests"]) >= requests)?.["rss MiB"]);
  return judgeAim({
    what: "memory bounded by work in flight: growth over the second half of the requests",
    value: at(REQUESTS) - at(REQUESTS / 2),
    limit: MOST_GROWTH,
    unit: " MiB",
  });
}

function row(when: string, requests: number): BenchRow {
  const { rss, heapUsed } = process.memoryUsage();
  return {
    when,
    requests,
    "rss MiB": Math.round(rss / MIB),
    "heap MiB": Math.round(heapUsed / MIB),
  };
}
