/**
 * `--peak auto`: a rate that this server carries safely with this scenario. A closed loop of more
 * and more virtual users (1, 2, 4, ...) runs the scenario's first function, a few seconds each,
 * until throughput stops growing. Half of the most that was seen is the peak: open-loop arrivals
 * come in clusters, and a server near its limit has queues without end.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { originNow, systemClock } from "../../core/clock.ts";
import { exitCodes, PlimsollError, targetError, usageError } from "../../core/errors.ts";
import { significant } from "../../core/units.ts";
import type { RunningTarget } from "../../target/spec.ts";
import { startTarget } from "../../target/start-target.ts";
import { launcherOf } from "../run/launcher.ts";
import type { Runtime } from "../runtime.ts";
import type { RunRequest } from "../run/run-request.ts";
import { probeRunner, type Level, type LevelRunner } from "./probe-level.ts";

/** Of the highest throughput found, what is taken for the peak. */
const SAFE_SHARE = 0.5;
/** Throughput that grows by less than this from one level to the next has stopped growing. */
const LEAST_GROWTH = 0.05;
/** More failures than this mean that the server is beyond its limit, not at it. */
const MOST_FAILED = 0.05;
const MOST_VUS = 1024;
/** No new level begins after so long, ms. */
const LONGEST_PROBE = 90_000;

export interface FoundPeak {
  /** Iterations per second. */
  readonly peak: number;
  /** What was found, in one line. */
  readonly message: string;
}

/**
 * Starts the target for the probe alone; an owned one is stopped again, so that the run begins
 * with a fresh server.
 *
 * @throws target error when it does not start or all requests fail; usage error when the script
 *   throws; `interrupted` when the signal aborts
 */
export async function findPeak(
  request: RunRequest,
  runtime: Runtime,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<FoundPeak> {
  const origin = originNow();
  const clock = systemClock(origin);
  const folder = mkdtempSync(join(tmpdir(), "plimsoll-probe-"));
  let target: RunningTarget | undefined;
  try {
    target = await startTarget(request.target.spec, {
      clock,
      launcher: launcherOf(runtime),
      env: runtime.env,
      logFile: join(folder, "server.log"),
      readyTimeout: request.readyTimeout,
      signal,
      onProgress: say,
    });
    const runLevel = await probeRunner({ request, runtime, target, origin, signal, say });
    return await search(runLevel, { now: () => clock.now(), signal, say });
  } catch (thrown) {
    if (signal.aborted) throw interrupted();
    throw thrown;
  } finally {
    await target?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface SearchWorld {
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Doubles the virtual users until it no longer helps. */
export async function search(
  runLevel: LevelRunner,
  { now, signal, say }: SearchWorld,
): Promise<FoundPeak> {
  const latest = now() + LONGEST_PROBE;
  const levels: Level[] = [];
  for (let vus = 1; vus <= MOST_VUS && now() < latest; vus *= 2) {
    say(`looking for the peak: ${vus} virtual ${vus === 1 ? "user" : "users at once"}`);
    const level = await runLevel(vus, levels.at(-1));
    if (signal.aborted) throw interrupted();
    const before = mostOf(levels);
    levels.push(level);
    if (level.failedShare > MOST_FAILED || !grows(level, before)) break;
  }
  const best = mostOf(levels);
  if (best === undefined) throw nothingFound(levels);
  const peak = Number((best.rate * SAFE_SHARE).toPrecision(3));
  const seen = levels.map(wordsOf).join(", ");
  const most = `${significant(best.rate, 3)}/s at ${best.vus} virtual users`;
  const share = `${SAFE_SHARE * 100} %`;
  return {
    peak,
    message: `--peak auto found ${most} (${seen}); ${share} of it is the peak: ${peak}/s`,
  };
}

function grows({ rate }: Level, before: Level | undefined): boolean {
  return before === undefined || rate > before.rate * (1 + LEAST_GROWTH);
}

/** The level of the highest throughput, among those that the server could carry. */
function mostOf(levels: readonly Level[]): Level | undefined {
  const carried = levels.filter(({ rate, failedShare }) => rate > 0 && failedShare <= MOST_FAILED);
  return carried.sort((a, b) => b.rate - a.rate)[0];
}

function wordsOf({ vus, rate, failedShare }: Level): string {
  const failed = failedShare > MOST_FAILED ? `, ${Math.round(failedShare * 100)} % failed` : "";
  return `${vus}: ${significant(rate, 3)}/s${failed}`;
}

function nothingFound(levels: readonly Level[]): Error {
  const [example] = levels.flatMap(({ failure }) => failure ?? []);
  if (example !== undefined) {
    return targetError(
      `--peak auto found no rate: requests failed with one user already: ${example}`,
      "Try `plimsoll run smoke` against it first, or give the peak: --peak RATE.",
    );
  }
  return usageError(
    "--peak auto found no rate: no iteration ended while it looked",
    "Give the expected peak: --peak RATE.",
  );
}

function interrupted(): Error {
  return new PlimsollError(exitCodes.interrupted, "interrupted while looking for the peak");
}
