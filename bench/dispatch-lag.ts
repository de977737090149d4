/**
 * How late our own starts are: Poisson schedules, paced by Node's timers and by the pacing thread on
 * an idle event loop, and then with a request for each start, in a whole load worker that has been
 * at it for a second. Medians over the repeats, and the best p99 of them (the machine's own noise is
 * in the others). `shortfall` is the part of the starts due in the measured seconds that was missing
 * in them; cpu is in cores, of the whole process.
 */
import { runScripted } from "../src/session/calibrate/scripted-traffic.ts";
import { originNow, systemClock, type Clock, type ClockOrigin } from "../src/core/clock.ts";
import { schedule } from "../src/load/executors/arrivals.ts";
import { pace } from "../src/load/pacing/pacer.ts";
import { preciseClock, startPacing } from "../src/load/pacing/pacing.ts";
import { startScripted } from "../src/reference-server/scripted/start-scripted.ts";
import { percentile } from "../src/stats/percentile.ts";
import { judgeAim } from "./aims.ts";
import type { BenchRow, BenchTable } from "./table.ts";
import { benchWorld, median } from "./world.ts";

const RATES = [100, 1000, 5000];
/** Before what is counted: until the code is compiled its lag is that of a cold start. */
const WARM_UP = 1;
const SECONDS = 4;
const REPEATS = 3;

interface Measured {
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
  /** Starts that happened within the measured seconds, against those due in them, per cent. */
  readonly shortfall: number;
}

type Measure = (rate: number, seed: number) => Promise<Measured>;

export async function dispatchLag(): Promise<BenchTable> {
  const world = benchWorld();
  const origin = originNow();
  const plain = systemClock(origin);
  const pacing = startPacing(origin, 1, world.nodeArgs);
  const server = await startScripted(origin, { node: world.node, args: world.nodeArgs });
  const precise = preciseClock(plain, pacing.mailbox, 0);
  const ways: Readonly<Record<string, Measure>> = {
    timer: (rate, seed) => paced(plain, rate, seed),
    "pacing thread": (rate, seed) => paced(precise, rate, seed),
    "whole worker": (rate) => requested(origin, server.url, rate),
  };
  const rows: BenchRow[] = [];
  try {
    for (const rate of RATES) {
      for (const [name, measure] of Object.entries(ways)) rows.push(await row(rate, name, measure));
    }
  } finally {
    await server.stop();
    await pacing.stop();
  }
  return {
    title: "Dispatch lag: how late starts are, ms",
    rows,
    notes: notesOn(rows),
  };
}

/** p99, ms, and shortfall, per cent, of a whole worker at this rate. */
const AIMED_RATE = 1000;
const MOST_LAG = 1;
const MOST_SHORTFALL = 0.1;

function notesOn(rows: readonly BenchRow[]): string[] {
  const whole = rows.filter(({ pacer }) => pacer === "whole worker");
  const shortfalls = whole.map((one) => {
    const what = `${one["requests/s"]} requests/s, shortfall of the achieved rate`;
    return judgeAim({ what, value: Number(one["shortfall"]), limit: MOST_SHORTFALL, unit: " %" });
  });
  const at = whole.find((one) => one["requests/s"] === AIMED_RATE) ?? {};
  const what = `${AIMED_RATE} requests/s, dispatch lag p99`;
  const lags = (["p99", "best p99"] as const).map((key) => {
    const which = key === "p99" ? "median" : "best";
    const value = Number(at[key]);
    return judgeAim({
      what: `${what}, ${which} of ${REPEATS}`,
      value,
      limit: MOST_LAG,
      unit: " ms",
    });
  });
  return [...lags, ...shortfalls];
}

async function row(rate: number, pacer: string, measure: Measure): Promise<BenchRow> {
  const runs: Measured[] = [];
  for (let seed = 1; seed <= REPEATS; seed += 1) runs.push(await measure(rate, seed));
  const of = (key: keyof Measured): number => Number(median(runs.map((r) => r[key])).toFixed(3));
  return {
    "requests/s": rate,
    pacer,
    p50: of("p50"),
    p99: of("p99"),
    "best p99": Number(Math.min(...runs.map((r) => r.p99)).toFixed(3)),
    shortfall: of("shortfall"),
    cpu: of("cpu"),
  };
}

/** Only the waiting: nothing is sent. */
async function paced(clock: Clock, rate: number, seed: number): Promise<Measured> {
  const duration = (WARM_UP + SECONDS) * 1000;
  const offsets = schedule(
    {
      executor: "constant-arrival-rate",
      arrival: { kind: "poisson" },
      preAllocatedVUs: 1,
      maxVUs: 1,
      segments: [{ phase: "main", measured: true, duration, from: rate, to: rate }],
    },
    seed,
  );
  const starts: Start[] = [];
  const cpu = process.cpuUsage();
  const { signal } = new AbortController();
  const begin = clock.now() + 50;
  await pace({ clock, begin, offsets, signal }, (_index, due) => {
    starts.push({ due, sent: clock.now() });
  });
  return { ...judged(starts, begin), cpu: coresSince(cpu) };
}

async function requested(origin: ClockOrigin, url: string, rate: number): Promise<Measured> {
  const cpu = process.cpuUsage();
  const { requests, iterations } = await runScripted(
    {
      origin,
      url,
      workers: 1,
      scenarios: {
        main: {
          executor: "constant-arrival-rate",
          arrival: "poisson",
          rate,
          duration: `${WARM_UP + SECONDS}s`,
          preAllocatedVUs: 100,
          maxVUs: 2000,
        },
      },
      work: { scripts: [{ ttft: 0, itl: 0, tokens: 1 }], truth: false },
    },
    benchWorld(),
  );
  // What was dropped was due as well, and never sent.
  const dropped = iterations.filter(({ outcome }) => outcome === "dropped");
  const starts: Start[] = [...requests, ...dropped].map((line) => ({
    due: line.scheduled ?? NaN,
    sent: "sent" in line ? line.sent : undefined,
  }));
  const begin = Math.min(...starts.map(({ due }) => due));
  return { ...judged(starts, begin), cpu: coresSince(cpu) };
}

/** ms on the clock. */
interface Start {
  readonly due: number;
  readonly sent: number | undefined;
}

function judged(starts: readonly Start[], begin: number): Omit<Measured, "cpu"> {
  const from = begin + WARM_UP * 1000;
  const to = from + SECONDS * 1000;
  const within = (at: number | undefined): boolean => at !== undefined && at >= from && at < to;
  const due = starts.filter((start) => within(start.due));
  const sent = starts.filter((start) => within(start.sent));
  const lags = Float64Array.from(due, (start) => (start.sent ?? Infinity) - start.due).sort();
  return {
    p50: percentile(lags, 50) ?? NaN,
    p99: percentile(lags, 99) ?? NaN,
    shortfall: 100 * Math.abs(1 - sent.length / due.length),
  };
}

function coresSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / ((WARM_UP + SECONDS) * 1000);
}
