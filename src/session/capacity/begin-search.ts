/** Where a search for the capacity begins: the one that was interrupted, or a new one. */
import { originNow, wallTime } from "../../core/clock.ts";
import { hideInIdentity } from "../../core/hide-in-line.ts";
import {
  CAPACITY_SCHEMA,
  outcomeOf,
  type CapacityDocument,
} from "../../judge/capacity/capacity.ts";
import { planHash } from "../../scenario/hash.ts";
import { CAPACITY } from "../../store/capacities.ts";
import { newRunId } from "../../store/run-id.ts";
import { findUnfinished } from "../../store/session-files.ts";
import type { RunningTarget } from "../../target/spec.ts";
import type { RunRequest } from "../run/run-request.ts";
import type { Runtime } from "../runtime.ts";
import type { LoadKind } from "./level-plan.ts";
import { startingLoad } from "./starting-load.ts";

/** What a search is asked for. */
export interface SearchWishes {
  readonly by: LoadKind;
  readonly share: number;
  readonly tolerance: number;
  readonly start: number | undefined;
  readonly most: number;
  /** ms. */
  readonly levelTime: number;
  /** ms. */
  readonly mostTime: number;
  readonly mostLevels: number;
  /** Do not go on with an interrupted one. */
  readonly fresh: boolean;
}

export interface Beginning {
  readonly request: RunRequest;
  readonly runtime: Runtime;
  readonly target: RunningTarget;
  readonly wishes: SearchWishes;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

export async function beginSearch(beginning: Beginning): Promise<CapacityDocument> {
  return (await unfinished(beginning)) ?? (await newSearch(beginning));
}

async function unfinished({
  request,
  runtime,
  target,
  wishes,
  say,
}: Beginning): Promise<CapacityDocument | undefined> {
  if (wishes.fresh) return undefined;
  const identity = hideInIdentity(target.identity, runtime.secrets);
  const hash = planHash(request.plan);
  const found = await findUnfinished(
    request.out,
    CAPACITY,
    (document) =>
      document.planHash === hash &&
      document.by === wishes.by &&
      document.limits.share === wishes.share &&
      document.target?.kind === identity.kind &&
      document.target.build === identity.build &&
      document.target.model === identity.model &&
      document.target.slots === identity.slots,
  );
  if (found !== undefined)
    say(`going on with ${found.id}: ${found.levels.length} levels are measured already`);
  return found;
}

async function newSearch({
  request,
  runtime,
  target,
  wishes,
  signal,
  say,
}: Beginning): Promise<CapacityDocument> {
  const { by, share, tolerance, most } = wishes;
  const start = wishes.start ?? (await startingLoad({ request, runtime, target, signal, say, by }));
  const whole = by === "concurrency";
  const least = whole ? 1 : Math.min(start, start / 64);
  const { limits: slo } = request.plan.slo;
  const wait = whole ? undefined : longestWait(slo);
  const limits = {
    ...{ start: Math.min(start, most), share, tolerance, least, most },
    ...(whole && { whole }),
    ...(wait !== undefined && { wait }),
  };
  const startedAt = wallTime(originNow(), 0);
  return {
    schema: CAPACITY_SCHEMA,
    id: newRunId(startedAt, `capacity-${request.plan.name}`),
    plimsoll: request.environment.plimsoll,
    startedAt,
    scenario: request.plan.name,
    planHash: planHash(request.plan),
    by,
    limits,
    slo,
    target: hideInIdentity(target.identity, runtime.secrets),
    levels: [],
    outcome: outcomeOf([], limits, { end: "open", why: "it has just begun" }),
  };
}

/** For a first token, s; undefined where the SLO does not limit it. */
function longestWait(slo: CapacityDocument["slo"]): number | undefined {
  const limits = slo.filter(({ metric }) => metric.startsWith("ttft")).map(({ limit }) => limit);
  return limits.length === 0 ? undefined : Math.min(...limits) / 1000;
}
