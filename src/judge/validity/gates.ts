/**
 * The gates a measurement must pass, as a table: what is looked at, from where on it is bad, why,
 * and what to do. Limits come from measurements of what a busy client does to its own numbers.
 */
import type { Evidence } from "./evidence.ts";
import { machineGateIds, machineGates } from "../machine/gate-rows.ts";
import { ownFailureGate } from "./own-failure-gate.ts";
import { promptGateIds, promptGates } from "./prompt-gates.ts";
import { measuredText } from "../metrics/measured-text.ts";
import type { ServerCount } from "./server-count.ts";
import { foreignCount, worstCount } from "./server-counts.ts";
import { standstillReading } from "./standstill.ts";
import type { BaselineCheck } from "../summary.ts";

export const gateIds = [
  "measured_requests",
  "client_resources",
  "event_loop_utilization",
  "event_loop_delay",
  "standstill",
  "gc_share",
  "cpu_throttled_share",
  "dispatch_lag",
  "achieved_rate",
  "dropped_iterations",
  "censored_requests",
  "token_counts",
  "server_counts",
  "foreign_requests",
  "littles_law",
  ...promptGateIds,
  ...machineGateIds,
] as const;

export type GateId = (typeof gateIds)[number];

export type Limits = BaselineCheck["limits"];

/** What a gate found. Without enough data it may warn, but never call a run invalid. */
export type Reading =
  | { readonly value: number; readonly enough: boolean; readonly detail?: string }
  | { readonly missing: string };

export interface GateRow {
  readonly id: GateId;
  readonly title: string;
  readonly unit: BaselineCheck["unit"];
  readonly bad: BaselineCheck["bad"];
  readonly limits: (evidence: Evidence) => Limits;
  readonly reason: string;
  readonly advice: string;
  readonly read: (evidence: Evidence) => Reading;
}

/** Below so many requests (or iterations) a share is an accident. */
const ENOUGH_REQUESTS = 20;
/** Windows that must show a level before it counts, and their least share of all windows. */
const ENOUGH_WINDOWS = 3;
const SUSTAINED_SHARE = 0.1;
/** Late requests below this number are hiccups of a small machine, not a busy client. */
const ENOUGH_LATE = 5;

export const gates: readonly GateRow[] = [
  {
    id: "measured_requests",
    title: "requests measured",
    unit: "requests",
    bad: "below",
    limits: fixed({ invalid: 1 }),
    reason: "without a request that ended in a measured phase there is nothing to judge",
    advice: "make the run longer than its warm-up, and see the failures and warnings",
    read: ({ ended }) => ({ value: ended, enough: true }),
  },
  { ...ownFailureGate, limits: fixed(ownFailureGate.limits) },
  {
    id: "event_loop_utilization",
    title: "event-loop utilization, sustained",
    unit: "ratio",
    bad: "above",
    limits: fixed({ warn: 0.5, invalid: 0.8 }),
    reason: "a busy load generator reads tokens late: their gaps bunch up and p99 grows",
    advice: "use more workers (--workers), less load, or a faster client machine",
    read: sustained("event_loop_utilization", "ratio"),
  },
  {
    id: "event_loop_delay",
    title: "event-loop delay p99, sustained",
    unit: "ms",
    bad: "above",
    limits: fixed({ warn: 10, invalid: 50 }),
    reason: "every timestamp can be late by as much",
    advice: "free the client machine of other work, or use more workers (--workers)",
    read: sustained("event_loop_delay", "ms"),
  },
  {
    id: "standstill",
    title: "longest standstill of the client",
    unit: "ms",
    bad: "above",
    limits: fixed({ warn: 250, invalid: 1000 }),
    reason: "while the client stands still, tokens wait unread, and their times are its own",
    advice:
      "do long computations outside of the scenario's functions, and let nothing stop or suspend the client",
    read: ({ standstill }) => standstillReading(standstill),
  },
  {
    id: "gc_share",
    title: "time in garbage collection, sustained",
    unit: "ratio",
    bad: "above",
    limits: fixed({ warn: 0.02, invalid: 0.05 }),
    reason: "collections stop the thread that takes the timestamps",
    advice: "use more workers (--workers), and keep less in the scenario's script",
    read: sustained("gc_share", "ratio"),
  },
  {
    id: "cpu_throttled_share",
    title: "scheduler periods in which our CPU quota was used up, sustained",
    unit: "ratio",
    bad: "above",
    limits: fixed({ warn: 0, invalid: 0.05 }),
    reason: "a throttled client stands still for milliseconds, and so do all its timestamps",
    advice: "raise the CPU limit of the client's container, or use less of it (fewer --workers)",
    read: sustained("cpu_throttled_share", "ratio"),
  },
  {
    id: "dispatch_lag",
    title: "dispatch lag, p99",
    unit: "ms",
    bad: "above",
    limits: ({ medianTtft = 0 }) => ({ warn: 5, invalid: Math.max(50, 0.05 * medianTtft) }),
    reason: "requests went out later than scheduled: the arrivals are not those of the plan",
    advice: "use more workers (--workers), or free the client machine of other work",
    read: dispatchLag,
  },
  {
    id: "achieved_rate",
    title: "achieved rate / target rate",
    unit: "ratio",
    bad: "below",
    limits: fixed({ warn: 0.99, invalid: 0.95 }),
    reason: "the server was offered less load than the plan says",
    advice: "raise maxVUs or --workers; if the server is what is full, lower the rate",
    read: achievedRate,
  },
  {
    id: "dropped_iterations",
    title: "dropped iterations",
    unit: "ratio",
    bad: "above",
    limits: fixed({ warn: 0, invalid: 0.01 }),
    reason: "iterations that found no free VU were never sent, just when the server was slow",
    advice: "raise maxVUs; if the server is what is full, lower the rate",
    read: dropped,
  },
  {
    id: "censored_requests",
    title: "requests cut off at the end",
    unit: "ratio",
    bad: "above",
    limits: fixed({ warn: 0.01, invalid: 0.1 }),
    reason:
      "the longest requests are missing from the latencies, so these look better than they are",
    advice: "raise gracefulStop, or make the run longer",
    read: censored,
  },
  {
    id: "token_counts",
    title: "requests whose token counts disagree",
    unit: "ratio",
    bad: "above",
    limits: fixed({ warn: 0, invalid: 0.05 }),
    reason: "rates per token rest on counts that contradict each other",
    advice: "see the example; check the server's usage, and whether a proxy changes the stream",
    read: tokenCounts,
  },
  {
    id: "server_counts",
    title: "server's own counts against ours, largest difference",
    unit: "ratio",
    bad: "above",
    limits: fixed({ warn: 0.01 }),
    reason: "server and client counted the same work, so one of the two counts is wrong",
    advice:
      "see which count differs; check for a proxy that retries, and for the server's restarts",
    read: serverDifference,
  },
  {
    id: "foreign_requests",
    title: "work of the server that was not ours",
    unit: "ratio",
    bad: "above",
    limits: fixed({ warn: 0.01, invalid: 0.1 }),
    reason: "others used the server at the same time: its latencies are those of a higher load",
    advice: "measure a server that nobody else uses",
    read: foreignWork,
  },
  {
    id: "littles_law",
    title: "Little's law, deviation",
    unit: "ratio",
    bad: "above",
    limits: fixed({ warn: 0.05, invalid: 0.2 }),
    reason:
      "requests in flight must equal arrival rate times duration; else records are missing or mistimed",
    advice: "keep the run directory and report this as a bug",
    read: littlesLaw,
  },
  ...promptGates.map((row): GateRow => ({
    ...row,
    limits: fixed(row.limits),
    read: ({ prompts }) => row.read(prompts),
  })),
  ...machineGates.map((row): GateRow => ({
    ...row,
    limits: fixed(row.limits),
    read: ({ machine }) => row.read(machine),
  })),
];

function fixed(limits: Limits): () => Limits {
  return () => limits;
}

/**
 * The level that at least a tenth of the windows, and at least three of them, reached in the worst
 * source: one spike on a small machine proves nothing.
 */
function sustained(metric: string, unit: BaselineCheck["unit"]): (evidence: Evidence) => Reading {
  return ({ health }) => {
    const levels = health(metric).flatMap(({ source, windows }) => {
      const value = windows.sustained(SUSTAINED_SHARE, ENOUGH_WINDOWS);
      return value === undefined ? [] : [{ value, source, windows: windows.count }];
    });
    const worst = levels.sort((a, b) => b.value - a.value)[0];
    if (worst === undefined)
      return { missing: `fewer than ${ENOUGH_WINDOWS} windows were sampled while measuring` };
    const detail = `${worst.source}: ${measuredText(worst.value, unit)} or more in a tenth of ${worst.windows} windows, and in at least ${ENOUGH_WINDOWS}`;
    return { value: worst.value, enough: true, detail };
  };
}

/** The lag that at least a hundredth of the requests, and at least five, reached. */
function dispatchLag({ lag }: Evidence): Reading {
  if (lag === undefined) return { missing: "no request had a schedule (closed loop)" };
  const value = lag.sustained(0.01, ENOUGH_LATE);
  if (value === undefined || lag.count < ENOUGH_REQUESTS)
    return { missing: `only ${lag.count} requests had a schedule` };
  const detail = `${measuredText(value, "ms")} or more in a hundredth of ${lag.count} requests, and in at least ${ENOUGH_LATE}; ${measuredText(lag.max ?? value, "ms")} at most`;
  return { value, enough: true, detail };
}

function achievedRate({ planned, startedInTime, cutShort }: Evidence): Reading {
  if (planned === undefined) return { missing: "no schedule was planned (closed loop)" };
  if (cutShort) return { missing: "the run ended before its plan did" };
  if (planned === 0) return { missing: "no iteration was planned in the measured phases" };
  const detail = `${startedInTime} of ${planned} planned iterations started in time`;
  return { value: startedInTime / planned, enough: planned >= ENOUGH_REQUESTS, detail };
}

function dropped({ iterations, dropped: count }: Evidence): Reading {
  if (iterations === 0) return { missing: "no iteration was due in the measured phases" };
  return share(count, iterations, "iterations were dropped");
}

function censored({ ended, censored: count, aborted }: Evidence): Reading {
  if (aborted) return { missing: "a threshold ended the run, whatever was under way" };
  if (ended + count === 0) return { missing: "no request was sent in the measured phases" };
  return share(count, ended + count, "requests were still running when the run ended");
}

function tokenCounts({ tokens }: Evidence): Reading {
  if (tokens.checked === 0) return { missing: "the server counted no tokens" };
  const words = `requests disagree${tokens.example === undefined ? "" : `; ${tokens.example}`}`;
  return share(tokens.mismatched, tokens.checked, words);
}

function serverDifference({ serverCounts: told }: Evidence): Reading {
  if ("reason" in told) return { missing: told.reason };
  const worst = worstCount(told.counts);
  if (worst === undefined) return { missing: Object.values(told.missing).join("; ") };
  return { value: worst.difference, enough: true, detail: told.counts.map(bothCounts).join("; ") };
}

function foreignWork({ serverCounts: told }: Evidence): Reading {
  if ("reason" in told) return { missing: told.reason };
  const count = foreignCount(told.counts);
  if (count === undefined)
    return { missing: "the server counts neither requests nor output tokens" };
  const value = Math.max(0, count.deviation);
  return { value, enough: count.client >= ENOUGH_REQUESTS, detail: bothCounts(count) };
}

function bothCounts({ what, server, client, several = 0, unknown }: ServerCount): string {
  const most = several === 0 ? "" : ` (up to ${client + several} where each choice counts)`;
  const more = unknown === 0 ? "" : ` (and up to ${unknown} of requests that failed)`;
  return `${what.replace("_", " ")}: ${server} by the server, ${client} by us${most}${more}`;
}

function littlesLaw({ little }: Evidence): Reading {
  if (little === undefined) return { missing: "no request ran in the measured phases" };
  const { inFlight, expected, deviation, requests } = little;
  const detail = `${measuredText(inFlight, undefined)} in flight, ${measuredText(expected, undefined)} from arrival rate times duration, the edges of the windows allowed for`;
  return { value: deviation, enough: requests >= ENOUGH_REQUESTS, detail };
}

function share(count: number, of: number, words: string): Reading {
  const detail = `${count} of ${of} ${words}`;
  return { value: count / of, enough: of >= ENOUGH_REQUESTS, detail };
}
