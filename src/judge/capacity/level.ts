/** What one level of load says: whether the server carried it within its limits. */
import { told } from "../machine/usage.ts";
import { present } from "../../core/present.ts";
import type { Summary } from "../summary.ts";
import type { Admission } from "./admission.ts";
import { designEffect } from "./design-effect.ts";
import type { Answer, Served } from "./answer.ts";
import { trustAfter, warmupFor } from "./settling.ts";

export interface Level {
  /** Iterations per second asked for, or virtual users. */
  readonly load: number;
  /** Run id, for who wants to look at it. */
  readonly run: string;
  /** Whether the share of good requests and every threshold were as wanted. */
  readonly held: boolean;
  /** Why not: the limit that most requests missed; absent where it held. */
  readonly limiting?: string;
  /** Thresholds that failed, as written. */
  readonly broken: readonly string[];
  /** Whether it was cut short because the queue grew without end. */
  readonly saturated: boolean;
  /** Whether the measurement itself can be trusted. */
  readonly valid: boolean;
  /** Why not: titles of the gates that say so. */
  readonly doubts?: readonly string[];
  /** Until measuring began, ms from the start of the traffic. */
  readonly warmup: number;
  /** When the traffic became steady, ms from its start (`settlingOf`); absent when it was cut short. */
  readonly settled?: number;
  /** Requests judged, and those of them within the SLO. */
  readonly requests: number;
  readonly good: number;
  /** How many times less they say than independent ones would (`designEffect`). */
  readonly effect: number;
  /** Per second, over the measured window. */
  readonly throughput?: number;
  readonly goodput?: number;
  readonly tokensPerSecond?: number;
  /** Mean time of a request, ms. */
  readonly duration?: number;
  /** 95th percentiles, ms; the first and the last from the schedule in an open loop. */
  readonly ttft?: number;
  readonly tpot?: number;
  readonly e2e?: number;
  readonly failedShare?: number;
  readonly overloadedShare?: number;
  /** Mean power of the server's devices, W. */
  readonly power?: number;
  /** Absent when no request was turned away. */
  readonly admission?: Admission;
  /** Iterations that ended, whenever they were due; absent in a closed loop. */
  readonly served?: Served;
}

export interface LevelFacts {
  readonly load: number;
  /** Share of requests that must meet the SLO, 0 to 1. */
  readonly share: number;
  /** The queue grew without end, so the level was cut short. */
  readonly saturated: boolean;
  /** Whether each request was good, in the order in which they ended. */
  readonly good: readonly boolean[];
  readonly admission: Admission | undefined;
  readonly served: Served | undefined;
  /** As in a level. */
  readonly warmup: number;
  readonly settled: number | undefined;
  readonly duration: number | undefined;
}

export function levelOf(facts: LevelFacts, summary: Summary): Level {
  const { load, share, saturated, good, admission, served, warmup, settled, duration } = facts;
  const { metrics, rates, failures, run, thresholds } = summary;
  const doubts = doubtsOf(summary, saturated);
  const met = good.filter(Boolean).length;
  const broken = thresholds
    .filter(({ status }) => status === "failed")
    .map(({ key, source }) => `${key}: ${source}`);
  const held = !saturated && broken.length === 0 && met > 0 && met >= share * good.length;
  const p95 = (
    ...names: readonly ("ttft_scheduled" | "ttft" | "tpot" | "e2e_scheduled" | "e2e")[]
  ) =>
    names
      .map((name) => metrics[name])
      .map((found) => (found?.kind === "trend" ? found.p95 : undefined))
      .find((value) => value !== undefined);
  const overloaded = failures.kinds.find(({ kind }) => kind === "overloaded");
  return {
    ...{ load, run: run.id, held, broken, saturated, warmup },
    ...{ requests: good.length, good: met, effect: designEffect(good) },
    valid: doubts.length === 0,
    ...present({
      doubts: doubts.length === 0 ? undefined : doubts,
      limiting: held ? undefined : limitingOf(summary, broken, saturated),
      throughput: rates.requests,
      goodput: rates.goodput,
      tokensPerSecond: rates.outputTokens,
      ttft: p95("ttft_scheduled", "ttft"),
      tpot: p95("tpot"),
      e2e: p95("e2e_scheduled", "e2e"),
      failedShare: failures.share,
      overloadedShare: overloaded?.share,
      power: told(summary.usage.energy)?.watts,
      admission,
      served,
      settled,
      duration,
    }),
  };
}

/** A level that we cut short because the queue grew has requests under way, and few that ended. */
const CUT_SHORT = ["censored_requests", "measured_requests"];

function doubtsOf({ validity }: Summary, saturated: boolean): readonly string[] {
  return validity.gates
    .filter(({ id, status }) => status === "invalid" && !(saturated && CUT_SHORT.includes(id)))
    .map(({ title }) => title);
}

/** What the search makes of it. */
export function answersOf(levels: readonly Level[]): readonly Answer[] {
  const needed = warmupFor(levels);
  return levels.map((level) => {
    const { load, requests, good, effect, saturated, broken, served, warmup } = level;
    const refused = saturated || broken.length > 0;
    const trust = trustAfter(warmup, needed);
    return { load, count: requests, good, effect, trust, refused, ...present({ served }) };
  });
}

function limitingOf(
  { slo, failures }: Summary,
  [broken]: readonly string[],
  saturated: boolean,
): string {
  const [kind] = failures.kinds;
  if (kind !== undefined && kind.share > 0.005) return `failures: ${kind.kind}`;
  const [missed] = [...slo.limits].sort((a, b) => (a.share ?? 1) - (b.share ?? 1));
  if (missed?.share !== undefined && missed.share < 1) return missed.metric;
  return broken ?? (saturated ? "queue" : "no request was good");
}
