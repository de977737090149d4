/**
 * The self-calibration: the engine as it is in every run, on one worker thread, against the
 * scripted server in a process of its own. About 25 s.
 */
import { originNow, wallTime, type ClockOrigin } from "../../core/clock.ts";
import type { Environment } from "../../core/records.ts";
import { present } from "../../core/present.ts";
import {
  startScripted,
  type ScriptedServer,
} from "../../reference-server/scripted/start-scripted.ts";
import type { Runtime } from "../runtime.ts";
import {
  CALIBRATION_SCHEMA,
  machineFingerprint,
  type Calibration,
  type EventLevel,
  type StartLevel,
} from "./calibration.ts";
import { httpCeiling } from "./http-ceiling.ts";
import { runScripted, type Observed, type ScriptedTraffic } from "./scripted-traffic.ts";
import { errorAt, timingErrors } from "./timing-error.ts";

export const EVENT_RATES: readonly number[] = [1000, 2000, 5000, 10_000, 20_000, 40_000];
const START_RATES: readonly number[] = [100, 1000, 5000];

/** Tokens of one stream come so far apart, ms: 50 tokens/s. */
export const STREAM_ITL = 20;
/** Streams at one level last so long, ms. */
const STREAM_LENGTH = 1600;
/** Of which the first events, while the engine's code is still being compiled, do not count. */
const WARMUP_EVENTS = 30;
/** The same for short requests. */
const WARMUP = "1s";
/** Until the first content, ms, so that all streams are open when events begin. */
const STREAM_START = 150;

/** The timing error that a level may have at p99, ms. */
export const ERROR_LIMIT = 1;
/** Gaps below this, ms, that nobody scripted, are tokens read together. */
const COALESCED = 0.5;

const VUS = 50;

interface Bench {
  readonly origin: ClockOrigin;
  readonly server: ScriptedServer;
  readonly runtime: Runtime;
}

/** @param say told what is being measured */
export async function calibrate(
  runtime: Runtime,
  environment: Environment,
  say: (text: string) => void,
): Promise<Calibration> {
  const origin = originNow();
  const server = await startScripted(origin, { node: runtime.node, args: runtime.nodeArgs });
  const bench = { origin, server, runtime };
  try {
    const events = await climb(bench, say);
    const starts: StartLevel[] = [];
    for (const rate of START_RATES) {
      say(`${rate} requests/s`);
      starts.push(await startLevel(bench, rate));
    }
    say("requests one after the other");
    const requestsPerSecond = await closedLoop(bench);
    say("plain HTTP");
    const http = await httpCeiling(`${server.url}/health`, 2);
    const reached = events.filter(({ p99 }) => p99 !== undefined && p99 < ERROR_LIMIT).at(-1);
    return {
      schema: CALIBRATION_SCHEMA,
      date: wallTime(origin, 0),
      plimsoll: environment.plimsoll,
      machine: machineFingerprint(environment),
      events,
      ...(reached !== undefined && { eventsPerSecond: reached.target }),
      starts,
      requestsPerSecond,
      http,
    };
  } finally {
    await server.stop();
  }
}

/** Levels until two in a row are too much. */
async function climb(bench: Bench, say: (text: string) => void): Promise<EventLevel[]> {
  const levels: EventLevel[] = [];
  let failed = 0;
  for (const rate of EVENT_RATES) {
    say(`${rate} events/s`);
    const level = await bestOfTwo(() => eventLevel(bench, rate));
    levels.push(level);
    failed = isWithin(level) ? 0 : failed + 1;
    if (failed === 2) break;
  }
  return levels;
}

/** The machine's own noise is not the client's limit: a level that fails gets a second chance. */
async function bestOfTwo(measure: () => Promise<EventLevel>): Promise<EventLevel> {
  const first = await measure();
  if (isWithin(first)) return first;
  const second = await measure();
  return (second.p99 ?? Infinity) < (first.p99 ?? Infinity) ? second : first;
}

function isWithin({ p99 }: EventLevel): boolean {
  return p99 !== undefined && p99 < ERROR_LIMIT;
}

async function eventLevel(bench: Bench, rate: number): Promise<EventLevel> {
  const vus = Math.round((rate * STREAM_ITL) / 1000);
  const tokens = STREAM_LENGTH / STREAM_ITL;
  const { requests } = await traffic(bench, {
    scenarios: { main: { executor: "per-vu-iterations", vus, iterations: 1 } },
    work: { scripts: [{ ttft: STREAM_START, itl: STREAM_ITL, tokens }], stagger: STREAM_ITL },
  });
  const errors = timingErrors(requests, await bench.server.truth(), WARMUP_EVENTS);
  const gaps = requests.flatMap(({ contentGapsUs = [] }) => contentGapsUs.slice(WARMUP_EVENTS));
  const together = gaps.filter((gap) => gap < COALESCED * 1000).length;
  return present({
    target: rate,
    achieved: Math.round(errors.eventsPerSecond),
    p50: errorAt(errors.arrival, 50),
    p99: errorAt(errors.arrival, 99),
    itlP99: errorAt(errors.itl, 99),
    coalesced: gaps.length === 0 ? undefined : Math.round((1e4 * together) / gaps.length) / 1e4,
  });
}

/** Short answers at once: what is measured is how late we send. */
const SHORT = { ttft: 0, itl: 0, tokens: 1 } as const;

async function startLevel(bench: Bench, rate: number): Promise<StartLevel> {
  const { requests, iterations } = await traffic(bench, {
    scenarios: {
      main: {
        executor: "constant-arrival-rate",
        arrival: "poisson",
        rate,
        warmup: WARMUP,
        duration: "1s",
        preAllocatedVUs: VUS,
        maxVUs: 20 * VUS,
      },
    },
    work: { scripts: [SHORT], truth: false },
  });
  const lags = requests.map(({ sent, scheduled }) => sent - (scheduled ?? sent));
  const sorted = Float64Array.from(lags).sort();
  return present({
    target: rate,
    achieved: perSecond(requests.map(({ sent }) => sent)),
    lagP50: errorAt(sorted, 50),
    lagP99: errorAt(sorted, 99),
    dropped: iterations.filter(({ outcome }) => outcome === "dropped").length,
  });
}

async function closedLoop(bench: Bench): Promise<number> {
  const { requests } = await traffic(bench, {
    scenarios: { main: { executor: "constant-vus", vus: VUS, warmup: WARMUP, duration: "1s" } },
    work: { scripts: [SHORT], truth: false },
  });
  return perSecond(requests.map(({ ended }) => ended));
}

async function traffic(
  { origin, server, runtime }: Bench,
  what: Pick<ScriptedTraffic, "scenarios" | "work">,
): Promise<Pick<Observed, "requests" | "iterations">> {
  const all = await runScripted({ origin, url: server.url, workers: 1, ...what }, runtime);
  return {
    requests: all.requests.filter(({ phase }) => phase !== "warmup"),
    iterations: all.iterations.filter(({ phase }) => phase !== "warmup"),
  };
}

/** Of moments in ms, over the time from the first to the last. */
function perSecond(times: readonly number[]): number {
  const sorted = Float64Array.from(times).sort();
  const span = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0);
  return span > 0 ? Math.round(((sorted.length - 1) * 1000) / span) : 0;
}
