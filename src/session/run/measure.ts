/**
 * The measuring half of a run: start the target, run the traffic, write `run.jsonl`. Whatever
 * happens, what was measured is in the file when this returns or throws.
 */
import { join } from "node:path";
import {
  originNow,
  systemClock,
  wallTime,
  type Clock,
  type ClockOrigin,
} from "../../core/clock.ts";
import { exitCodes, messageOf, PlimsollError, targetError } from "../../core/errors.ts";
import { codeOf, ownLimit } from "../../core/own-limits.ts";
import { RUN_SCHEMA, type RunFooter, type RunHeader, type TargetLine } from "../../core/records.ts";
import { present } from "../../core/present.ts";
import { planHash } from "../../scenario/hash.ts";
import { createRun, type RunWriter } from "../../store/write-run.ts";
import { startTarget } from "../../target/start-target.ts";
import type { RunningTarget } from "../../target/spec.ts";
import { launcherOf } from "./launcher.ts";
import type { Runtime } from "../runtime.ts";
import { checkClientLimits, clientLimits } from "./client-limits.ts";
import { lateHash, takeFingerprint } from "./fingerprint.ts";
import type { RunRequest } from "./run-request.ts";
import type { Progress } from "./progress.ts";
import type { Ending } from "./ending.ts";
import { saltOf } from "./salt.ts";
import { isThisMachine } from "./same-machine.ts";
import { RunRefused } from "./telemetry.ts";
import { runTraffic, type RunContext } from "./traffic.ts";

export interface Measured {
  readonly directory: string;
  /** What went wrong, when something did; the run directory is complete all the same. */
  readonly problem?: PlimsollError;
}

export async function measure(
  request: RunRequest,
  runtime: Runtime,
  progress: Progress,
  stop: AbortSignal,
): Promise<Measured> {
  const origin = originNow();
  const clock = systemClock(origin);
  const { plan, target } = request;
  const tight = tightLimits(request);
  const about = { ...headerOf(request, origin), salt: saltOf(request) };
  const run = createRun(request.out, plan.name, about, runtime.secrets);
  const header: RunHeader = { type: "header", schema: RUN_SCHEMA, run: run.id, ...about };
  progress.begin(run.id);
  let server: RunningTarget | undefined;
  try {
    for (const note of [...request.notes, ...target.notes, ...tight]) warn(run, clock, note);
    const started = await startTarget(target.spec, {
      clock,
      launcher: launcherOf(runtime),
      env: runtime.env,
      logFile: join(run.directory, "server.log"),
      readyTimeout: request.readyTimeout,
      signal: stop,
      onProgress: (text) => {
        progress.say(text);
      },
    });
    server = started;
    const line = await targetLine(started, clock);
    run.append([line]);
    for (const message of started.warnings) warn(run, clock, { code: "target_differs", message });
    const context = { request, runtime, progress, stop, origin, clock, run, header };
    return finish(
      run,
      clock,
      await fingerprinted(context, line, () => runTraffic(context, started)),
    );
  } catch (thrown) {
    if (thrown instanceof RunRefused || isOurs(thrown)) {
      finish(run, clock, { reason: "aborted", message: messageOf(thrown) });
      throw thrown;
    }
    return finish(run, clock, endingOf(thrown, stop));
  } finally {
    progress.end();
    await server?.stop();
    run.close();
  }
}

/** @throws the problem where the run could not be written: a session of many runs ends with it */
export function writtenOrThrow(measured: Measured): Measured {
  if (measured.problem?.exitCode === exitCodes.cannotWrite) throw measured.problem;
  return measured;
}

/** Warnings where this client could run out of its own means; refused where it must. */
function tightLimits({
  plan,
  target: { spec },
  workers,
}: RunRequest): ReturnType<typeof checkClientLimits> {
  const usesPorts = !(spec.kind === "remote" && spec.connection?.unixSocket !== undefined);
  return checkClientLimits({ plan, workers, usesPorts }, clientLimits());
}

function headerOf(
  request: RunRequest,
  origin: ClockOrigin,
): Omit<RunHeader, "type" | "schema" | "run"> {
  const { plan, environment, command, repeat, ...rest } = request;
  const { validityLimits, accounting, idleBefore } = rest;
  return {
    plimsoll: environment.plimsoll,
    startedAt: wallTime(origin, 0),
    plan,
    planHash: planHash(plan),
    command,
    environment,
    ...present({ validityLimits, accounting, idleBefore, repeat }),
  };
}

/** The traffic, with what it is measured on before it, and what takes long to tell after it. */
async function fingerprinted(
  { run, progress, ...rest }: RunContext,
  target: TargetLine,
  traffic: () => Promise<Ending>,
): Promise<Ending> {
  const say = (text: string): void => {
    progress.say(text);
  };
  const needs = { ...rest, target, say };
  const taken = await takeFingerprint(needs);
  run.append([taken]);
  const ending = await traffic();
  const late = ending.reason === "completed" ? await lateHash(needs, taken) : undefined;
  if (late !== undefined) run.append([late]);
  return ending;
}

async function targetLine(
  { identity, owned, baseUrl, connection }: RunningTarget,
  clock: Clock,
): Promise<TargetLine> {
  const here = owned || connection?.unixSocket !== undefined;
  const sameMachine = here || (await isThisMachine(baseUrl));
  return { type: "target", at: clock.now(), identity, ...present({ sameMachine }) };
}

function warn(run: RunWriter, clock: Clock, what: { code: string; message: string }): void {
  run.append([{ type: "warning", at: clock.now(), ...what }]);
}

function finish(run: RunWriter, clock: Clock, ending: Ending): Measured {
  const footer: RunFooter = {
    type: "footer",
    at: clock.now(),
    reason: ending.reason,
    ...(ending.message !== undefined && { message: ending.message }),
  };
  run.end(footer);
  const { directory } = run;
  return ending.problem === undefined ? { directory } : { directory, problem: ending.problem };
}

/** This machine ran out of something: no fault of the target's. */
function isOurs(thrown: unknown): boolean {
  const said = thrown instanceof PlimsollError && thrown.exitCode === exitCodes.invalid;
  return said || ownLimit(codeOf(thrown)) !== undefined;
}

/** What a failed start means for the run. Bugs are not explained away: they go on upwards. */
function endingOf(thrown: unknown, stop: AbortSignal): Ending {
  if (stop.aborted) return { reason: "interrupted", message: messageOf(stop.reason) };
  if (!(thrown instanceof PlimsollError)) throw thrown;
  if (thrown.exitCode === exitCodes.cannotWrite) {
    return { reason: "write_failed", message: thrown.message, problem: thrown };
  }
  if (thrown.exitCode === exitCodes.targetFailed) {
    return { reason: "target_failed", message: thrown.message, problem: thrown };
  }
  const problem = targetError(thrown.message, thrown.hint, thrown);
  return { reason: "target_failed", message: thrown.message, problem };
}
