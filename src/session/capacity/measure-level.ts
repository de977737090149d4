/** One level: a whole run at one constant load, cut short when the queue grows without end. */
import { join } from "node:path";
import type { ExitCode } from "../../core/errors.ts";
import { levelOf, type Level } from "../../judge/capacity/level.ts";
import { askedOf, LevelReader } from "../../judge/capacity/level-reader.ts";
import type { RunningTarget } from "../../target/spec.ts";
import type { Conclude } from "../conclusion.ts";
import { measure, writtenOrThrow } from "../run/measure.ts";
import type { RunRequest } from "../run/run-request.ts";
import { attachedTo } from "../run/shared-target.ts";
import type { Runtime } from "../runtime.ts";
import { levelPlan, type LevelShape } from "./level-plan.ts";
import { watchLevel } from "./watch-level.ts";

export interface LevelNeeds {
  readonly request: RunRequest;
  readonly runtime: Runtime;
  readonly conclude: Conclude;
  readonly target: RunningTarget;
  /** Of the whole search; the runs of the levels are in its folder `levels`. */
  readonly directory: string;
  readonly share: number;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

export interface MeasuredLevel {
  readonly level: Level;
  readonly exitCode: ExitCode;
}

export async function measureLevel(needs: LevelNeeds, shape: LevelShape): Promise<MeasuredLevel> {
  const { request, runtime, conclude, target, directory, share, signal } = needs;
  const plan = levelPlan(request.plan, shape);
  const reader = new LevelReader(plan);
  const full = new AbortController();
  const watch = watchLevel(reader, () => {
    full.abort(new Error("the queue grows: this load is more than the server carries"));
  });
  const stop = AbortSignal.any([signal, full.signal]);
  const out = join(directory, "levels");
  const run = await measure(
    { ...request, plan, out, target: attachedTo(request, target) },
    runtime,
    watch,
    stop,
  );
  writtenOrThrow(run);
  const { summary } = await conclude(run.directory);
  const facts = { ...askedOf(plan), share, ...reader.finish() };
  return { level: levelOf(facts, summary), exitCode: summary.verdict.exitCode };
}
