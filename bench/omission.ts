/**
 * Wrong by how much: a server that answers in 20 ms and freezes once for 2 s, measured by a closed
 * loop, and by an open loop from the moment of sending and from the moment that was scheduled. Only
 * the last one is what users of an average of 100 requests/s wait.
 */
import { runScripted } from "../src/session/calibrate/scripted-traffic.ts";
import { errorAt } from "../src/session/calibrate/timing-error.ts";
import { originNow } from "../src/core/clock.ts";
import type { RequestRecord } from "../src/core/request-record.ts";
import type { Options } from "../src/scenario/script.ts";
import { startScripted } from "../src/reference-server/scripted/start-scripted.ts";
import type { BenchRow, BenchTable } from "./table.ts";
import { benchWorld } from "./world.ts";

const FREEZE = 2000;
const FREEZE_AT = 4000;
const DURATION = "10s";
/** 2 users with answers of 20 ms make about as many requests as the open loop. */
const CLOSED: Options["scenarios"] = {
  main: { executor: "constant-vus", vus: 2, duration: DURATION },
};
/** As many users as it takes: nothing waits for one, nothing is dropped. */
const OPEN: Options["scenarios"] = {
  main: {
    executor: "constant-arrival-rate",
    arrival: "poisson",
    rate: 100,
    duration: DURATION,
    preAllocatedVUs: 400,
    maxVUs: 400,
  },
};

export async function omission(): Promise<BenchTable> {
  const closed = await measure(CLOSED);
  const open = await measure(OPEN);
  const rows = [
    row("closed loop, from sent", closed, ({ sent }) => sent),
    row("open loop, from sent", open, ({ sent }) => sent),
    row("open loop, from scheduled", open, ({ sent, scheduled = sent }) => scheduled),
  ];
  const [wrong = NaN, , right = NaN] = rows.map(({ p99 }) => Number(p99));
  return {
    title: "A server that freezes for 2 s once in 10 s, p99 of TTFT in ms",
    rows,
    notes: [
      `No aim, a demonstration: the closed loop's p99 is ${(right / wrong).toFixed(1)} times too good.`,
      "The closed loop stops asking while the server is frozen, so it meets the freeze twice at most.",
    ],
  };
}

function row(
  how: string,
  requests: readonly RequestRecord[],
  since: (record: RequestRecord) => number,
): BenchRow {
  const times = requests.flatMap((record) =>
    record.firstContent === undefined ? [] : [record.firstContent - since(record)],
  );
  const sorted = Float64Array.from(times).sort();
  const slow = times.filter((time) => time > 100).length;
  return {
    how,
    requests: times.length,
    p50: errorAt(sorted, 50),
    p99: errorAt(sorted, 99),
    "over 100 ms": slow,
  };
}

async function measure(scenarios: Options["scenarios"]): Promise<readonly RequestRecord[]> {
  const world = benchWorld();
  const origin = originNow();
  const server = await startScripted(origin, { node: world.node, args: world.nodeArgs });
  const timer = setTimeout(() => void server.freeze(FREEZE), FREEZE_AT);
  try {
    const work = { scripts: [{ ttft: 20, itl: 0, tokens: 1 }], truth: false };
    const { requests } = await runScripted(
      { origin, url: server.url, workers: 1, scenarios, work },
      world,
    );
    return requests;
  } finally {
    clearTimeout(timer);
    await server.stop();
  }
}
