/**
 * The gates a measurement must pass, as a table: what is looked at, from where on it is bad, why,
 * and what to do. Limits come from measurements of what a busy client does to its own numbers.
 */
import { machineGateIds, machineGates } from "../machine/gate-rows.ts";
import {
  achievedRate,
  censored,
  dispatchLag,
  dropped,
  foreignWork,
  littlesLaw,
  serverDifference,
  sustained,
  tokenCounts,
} from "./gate-readings.ts";
import type { GateFacts, Limits } from "./gate-row.ts";
import { ownFailureGate } from "./own-failure-gate.ts";
import { promptGateIds, promptGates } from "./prompt-gates.ts";
import { standstillReading } from "./standstill.ts";

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

export type GateRow = GateFacts<GateId>;

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
