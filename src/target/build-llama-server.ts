/** Makes the real llama-server from the source that the package node-llama-cpp carries. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { targetError } from "../core/errors.ts";
import { planBuild, type Backend, type BuildPlan, type BuildRequest } from "./build-plan.ts";
import { findExecutable, isExecutable } from "./find-executable.ts";
import { buildsFolder } from "./find-llama-server.ts";
import { startGuarded, type GuardedCommand, type ProcessExit } from "./guarded-process.ts";
import { followLog, type ServerLog } from "./server-log.ts";
import type { Launcher } from "./spec.ts";
import { describeExit } from "./start-failure.ts";

/** How often the build's output is looked at, ms. */
const POLL = 100;
/** Unfinished builds older than this were abandoned, ms. */
const ABANDONED = 24 * 3.6e6;
const UNFINISHED = ".building-";

export interface BuildWorld {
  readonly clock: Clock;
  readonly launcher: Launcher;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: BuildProgress) => void;
}

export interface BuildProgress {
  readonly stage: "unpack" | "configure" | "compile";
  /** Share of the compilation that is done, 0 to 1. */
  readonly done?: number;
}

export interface BuiltServer {
  readonly path: string;
  readonly release: string;
  readonly backend: Backend;
  /** True when the cache had it already. */
  readonly reused: boolean;
  /** ms; absent when it was reused. */
  readonly buildMs?: number;
}

/**
 * Builds llama-server with cmake and the system's compiler into the cache, unless it is there. The
 * result appears in one step; whatever ends the build before leaves nothing that could be mistaken
 * for a server, and no compiler running.
 *
 * @throws usageError when the source or a tool is missing; targetError, with the end of the build's
 *   output, when a step fails; the reason of `world.signal` when that aborts
 */
export async function buildLlamaServer(
  request: BuildRequest,
  world: BuildWorld,
): Promise<BuiltServer> {
  const plan = planBuild(request);
  const builds = buildsFolder(request.cacheDir);
  const path = join(builds, plan.key, "llama-server");
  const result = { path, release: plan.release, backend: plan.backend };
  if (isExecutable(path)) return { ...result, reused: true };
  mkdirSync(builds, { recursive: true });
  const work = mkdtempSync(join(builds, UNFINISHED));
  removeAbandoned(builds, work);
  const startedAt = world.clock.now();
  try {
    await compile(plan, request, work, world);
    keep(plan, work, join(builds, plan.key));
    return { ...result, reused: false, buildMs: world.clock.now() - startedAt };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function compile(
  plan: BuildPlan,
  request: BuildRequest,
  work: string,
  world: BuildWorld,
): Promise<void> {
  const step = stepRunner(plan, request, work, world);
  const source = join(work, "source");
  const build = join(work, "build");
  world.onProgress?.({ stage: "unpack" });
  await step("git", ["init", "--quiet", source]);
  await step("git", ["-C", source, "fetch", "--quiet", plan.source, "HEAD"]);
  await step("git", ["-C", source, "checkout", "--quiet", "FETCH_HEAD"]);
  world.onProgress?.({ stage: "configure" });
  const ninja = findExecutable(["ninja"], request.env["PATH"]) === undefined ? [] : ["-G", "Ninja"];
  await step("cmake", ["-S", source, "-B", build, ...ninja, ...plan.cmakeFlags]);
  world.onProgress?.({ stage: "compile", done: 0 });
  const jobs = ["-j", String(request.jobs)];
  await step("cmake", ["--build", build, "--target", "llama-server", ...jobs]);
}

/** Runs the steps of a build, one log for all of them. */
function stepRunner(
  plan: BuildPlan,
  request: BuildRequest,
  work: string,
  world: BuildWorld,
): (file: string, args: readonly string[]) => Promise<void> {
  const logFile = join(work, "build.log");
  return async (file, args) => {
    world.signal.throwIfAborted();
    // How ninja counts must not depend on a user's own settings.
    const env = { ...request.env, ...ccacheSettings(work), NINJA_STATUS: "[%f/%t] " };
    const log = followLog(logFile, []);
    const exit = await runStep({ file, args, env, logFile, grace: 1000 }, log, world);
    if (exit.code === 0) return;
    const kept = join(buildsFolder(request.cacheDir), `${plan.key}.failed.log`);
    copyFileSync(logFile, kept);
    throw targetError(
      `building llama-server ${plan.release} failed: ${describeExit(file, exit)}\n${log.tail()}`,
      `The whole output is in ${kept}`,
    );
  };
}

/** llama.cpp uses ccache where it is installed; without these, no two work folders share a hit. */
function ccacheSettings(work: string): Readonly<Record<string, string>> {
  return { CCACHE_BASEDIR: work, CCACHE_NOHASHDIR: "1" };
}

async function runStep(
  command: GuardedCommand,
  log: ServerLog,
  world: BuildWorld,
): Promise<ProcessExit> {
  const { clock, signal } = world;
  const process = startGuarded(command, world.launcher);
  try {
    while (process.ended() === undefined && !signal.aborted) {
      await clock.sleepUntil(clock.now() + POLL, signal);
      const shares = log.newLines().map(compiledShare);
      const done = shares.findLast((share) => share !== undefined);
      if (done !== undefined) world.onProgress?.({ stage: "compile", done });
    }
  } finally {
    await process.stop();
  }
  signal.throwIfAborted();
  return process.exited;
}

/**
 * The share of the compilation that is done, 0 to 1, from a line of ninja (`[12/204] Building`) or
 * of make (`[ 12%] Building`); undefined for every other line.
 */
export function compiledShare(line: string): number | undefined {
  const ninja = /^\[(\d+)\/(\d+)\] /.exec(line);
  if (ninja !== null) return Number(ninja[1]) / Number(ninja[2]);
  const make = /^\[ *(\d+)%\] /.exec(line);
  return make === null ? undefined : Number(make[1]) / 100;
}

/** Moves what is worth keeping to its place in the cache, in one step. */
function keep(plan: BuildPlan, work: string, place: string): void {
  const kept = join(work, "kept");
  mkdirSync(kept);
  copyFileSync(join(work, "build/bin/llama-server"), join(kept, "llama-server"));
  copyFileSync(join(work, "build.log"), join(kept, "build.log"));
  writeFileSync(join(kept, "build.json"), `${JSON.stringify(plan, undefined, 2)}\n`);
  try {
    renameSync(kept, place);
  } catch (error) {
    // Another build of the same was faster, and is as good.
    if (!isExecutable(join(place, "llama-server"))) throw error;
  }
}

/** The new folder's own time is "now" for the file system that the old ones are on. */
function removeAbandoned(builds: string, newest: string): void {
  const now = statSync(newest).mtimeMs;
  for (const name of readdirSync(builds).filter((entry) => entry.startsWith(UNFINISHED))) {
    const folder = join(builds, name);
    const { mtimeMs } = statSync(folder, { throwIfNoEntry: false }) ?? { mtimeMs: now };
    if (now - mtimeMs > ABANDONED) rmSync(folder, { recursive: true, force: true });
  }
}
