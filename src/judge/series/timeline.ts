/** The run over time, in intervals of equal length. */
import type { FailureKind } from "../../core/request-record.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { Column as Numbers } from "../../stats/column.ts";
import { percentile } from "../../stats/percentile.ts";
import { plannedStarts } from "../plan-facts.ts";
import { orNull, type RequestColumns } from "../collect/request-columns.ts";
import type { Band, Column, Points, TrafficSeries } from "./series.ts";
import { MOST_INTERVALS, type TokenGrid } from "../collect/token-grid.ts";

export interface TimelineInput {
  readonly plan: Plan;
  readonly end: number;
  readonly columns: RequestColumns;
  readonly tokens: TokenGrid;
  /** When iterations started, and when dropped ones were due. */
  readonly started: Numbers;
  readonly dropped: Numbers;
  readonly failures: ReadonlyMap<FailureKind, Numbers>;
  /** When the traffic of each scenario began, in the order of the plan; undefined if it did not. */
  readonly begins: readonly (number | undefined)[];
}

export interface Timeline {
  readonly start: number;
  readonly intervalMs: number;
  readonly at: readonly number[];
  readonly traffic: TrafficSeries;
  readonly bands: readonly Band[];
}

const FEW_INTERVALS = 30;
const REQUESTS_PER_INTERVAL = 8;

export function timelineOf(input: TimelineInput): Timeline {
  const { tokens, columns, end } = input;
  const { start } = tokens;
  tokens.reach(end);
  const count = (): number => Math.max(1, Math.ceil((end - start) / tokens.intervalMs));
  while (
    count() > MOST_INTERVALS ||
    (count() > FEW_INTERVALS && columns.length < count() * REQUESTS_PER_INTERVAL)
  )
    tokens.coarsen();
  const grid = { start, step: tokens.intervalMs, count: count() };
  const at = Array.from({ length: grid.count }, (_, i) => start + i * grid.step);
  return {
    start,
    intervalMs: grid.step,
    at,
    traffic: trafficOf(input, grid),
    bands: [...requestBands(columns, grid), ...tokenBand(tokens, grid)],
  };
}

interface Grid {
  readonly start: number;
  /** ms. */
  readonly step: number;
  readonly count: number;
}

/** The interval of a moment; what lies outside belongs to the first or the last. */
function intervalOf({ start, step, count }: Grid, at: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor((at - start) / step)));
}

function trafficOf(input: TimelineInput, grid: Grid): TrafficSeries {
  const { columns, tokens } = input;
  const perSecond = 1000 / grid.step;
  const rates = (counts: readonly number[]): Column => counts.map((count) => count * perSecond);
  return {
    targetRate: targetRate(input, grid),
    achievedRate: rates(countTimes(input.started.view(), grid)),
    completedRate: rates(countTimes(columns.ended.view(), grid)),
    inFlight: inFlight(columns, grid),
    outputTokensPerSecond: rates(Array.from({ length: grid.count }, (_, i) => tokens.tokens(i))),
    dropped: countTimes(input.dropped.view(), grid),
    failures: [...input.failures].map(([kind, times]) => ({
      kind,
      counts: countTimes(times.view(), grid),
    })),
    dispatchLagMax: lagMax(columns, grid),
  };
}

function countTimes(times: Float64Array, grid: Grid): number[] {
  const counts = new Array<number>(grid.count).fill(0);
  for (const at of times) {
    const interval = intervalOf(grid, at);
    counts[interval] = (counts[interval] ?? 0) + 1;
  }
  return counts;
}

function targetRate({ plan, begins }: TimelineInput, { start, step, count }: Grid): Column {
  return Array.from({ length: count }, (_, i) => {
    const from = start + i * step;
    const planned = plan.scenarios.flatMap((scenario, s) => {
      const begin = begins[s];
      if (begin === undefined) return [];
      const starts = plannedStarts(scenario, from - begin, from + step - begin);
      return starts === undefined || starts === 0 ? [] : [starts];
    });
    if (planned.length === 0) return null;
    return (planned.reduce((sum, starts) => sum + starts, 0) * 1000) / step;
  });
}

/** Each request adds the time it was under way in an interval. */
function inFlight({ sent, ended }: RequestColumns, grid: Grid): Column {
  const busy = new Float64Array(grid.count);
  const ends = ended.view();
  sent.view().forEach((from, i) => {
    const to = ends[i] ?? from;
    const last = intervalOf(grid, to);
    for (let k = intervalOf(grid, from); k <= last; k += 1) {
      const begin = grid.start + k * grid.step;
      const part = Math.min(to, begin + grid.step) - Math.max(from, begin);
      busy[k] = (busy[k] ?? 0) + Math.max(0, part);
    }
  });
  return [...busy].map((ms) => ms / grid.step);
}

function lagMax({ sent, due }: RequestColumns, grid: Grid): Column {
  const most = new Array<number | null>(grid.count).fill(null);
  const sents = sent.view();
  due.view().forEach((wanted, i) => {
    if (Number.isNaN(wanted)) return;
    const interval = intervalOf(grid, wanted);
    most[interval] = Math.max(most[interval] ?? -Infinity, (sents[i] ?? NaN) - wanted);
  });
  return most;
}

type Value = (columns: RequestColumns, i: number) => number;

/** ms from schedule: the time from sent, and our lateness. */
function fromSchedule(value: Value): Value {
  return (columns, i) => value(columns, i) + columns.sent.at(i) - columns.due.at(i);
}

const ttft: Value = ({ ttft: column }, i) => column.at(i);
const e2e: Value = ({ e2e: column }, i) => column.at(i);

const BANDS: readonly (readonly [Band["metric"], Value])[] = [
  ["ttft_scheduled", fromSchedule(ttft)],
  ["ttft", ttft],
  ["e2e_scheduled", fromSchedule(e2e)],
  ["e2e", e2e],
  ["tpot", ({ tpot }, i) => tpot.at(i)],
];

function requestBands(columns: RequestColumns, grid: Grid): Band[] {
  return BANDS.flatMap(([metric, value]) => {
    const groups: number[][] = Array.from({ length: grid.count }, () => []);
    columns.sent.view().forEach((sent, i) => {
      const one = value(columns, i);
      if (!Number.isNaN(one)) groups[intervalOf(grid, sent)]?.push(one);
    });
    if (groups.every((group) => group.length === 0)) return [];
    const sorted = groups.map((group) => Float64Array.from(group).sort());
    const column = (p: number): Column => sorted.map((group) => orNull(percentile(group, p)));
    return [
      { metric, unit: "ms", p50: column(50), p95: column(95), p99: column(99), max: column(100) },
    ];
  });
}

function tokenBand(tokens: TokenGrid, { count }: Grid): Band[] {
  const gaps = Array.from({ length: count }, (_, i) => tokens.gaps(i));
  if (gaps.every((gap) => gap === undefined)) return [];
  const column = (p: number): Column => gaps.map((gap) => orNull(gap?.percentile(p)));
  const max = gaps.map((gap) => gap?.max ?? null);
  return [{ metric: "itl", unit: "ms", p50: column(50), p95: column(95), p99: column(99), max }];
}

const MOST_POINTS = 4000;

/** Every n-th request, and the slowest of every interval. */
export function pointsOf(columns: RequestColumns, { start, intervalMs, at }: Timeline): Points {
  const grid = { start, step: intervalMs, count: at.length };
  const chosen = new Set(slowestOfEach(columns, grid));
  const stride = Math.ceil(columns.length / Math.max(1, MOST_POINTS - chosen.size));
  for (let i = 0; i < columns.length; i += stride) chosen.add(i);
  const indices = [...chosen].sort((a, b) => a - b);
  const sent = columns.sent.view();
  const [due, ok] = [columns.due.view(), columns.ok.view()];
  return {
    sent: indices.map((i) => sent[i] ?? NaN),
    waited: indices.map((i) => orNull((sent[i] ?? NaN) - (due[i] ?? NaN))),
    ttft: indices.map((i) => orNull(ttft(columns, i))),
    e2e: indices.map((i) => orNull(e2e(columns, i))),
    ok: indices.map((i) => ok[i] === 1),
  };
}

function slowestOfEach({ sent, ended }: RequestColumns, grid: Grid): number[] {
  const slowest = new Map<number, { readonly index: number; readonly ms: number }>();
  const ends = ended.view();
  sent.view().forEach((from, index) => {
    const ms = (ends[index] ?? from) - from;
    const interval = intervalOf(grid, from);
    if (ms > (slowest.get(interval)?.ms ?? -1)) slowest.set(interval, { index, ms });
  });
  return [...slowest.values()].map(({ index }) => index);
}
