/** How long it took after a spike or a doubled peak until the waiting was back within its limit. */
import { formatMillis } from "../../core/units.ts";
import type { Plan } from "../../scenario/plan.ts";
import { percentile } from "../../stats/percentile.ts";
import type { Phase } from "../collect/phase-index.ts";
import type { RequestColumns } from "../collect/request-columns.ts";

/** Phases whose end recovery is counted from: those of the profiles `spike` and `peak2x`. */
const OVERLOADS = ["spike", "peak2x"];

const METRICS = ["ttft_scheduled", "ttft"];

/** A request that failed waited for ever; larger than any time, and finite. */
const FAILED = 1e15;

/**
 * The limit that the p95 of the waiting must come back to, ms: the SLO's for `ttft_scheduled`, else
 * for `ttft`, else the limit of a p(95) threshold on them, one on the phase `recovery` first.
 * Undefined when nothing was asked.
 */
export function recoveryLimit({ slo, thresholds }: Plan): number | undefined {
  for (const metric of METRICS) {
    const limit = slo.limits.find((one) => one.metric === metric)?.limit;
    if (limit !== undefined) return limit;
  }
  const asked = thresholds.filter(
    ({ metric, aggregation, operator }) =>
      METRICS.includes(metric) &&
      aggregation.kind === "percentile" &&
      aggregation.p === 95 &&
      operator.startsWith("<"),
  );
  const meant = asked.find(({ selector }) => selector["phase"] === "recovery");
  return (meant ?? asked[0])?.limit;
}

/** The phase whose end recovery is counted from. */
export function overloadOf(phases: readonly Phase[]): Phase | undefined {
  return phases.find(({ name }) => OVERLOADS.includes(name));
}

export interface Recovery {
  /** The phase `spike` or `peak2x`. */
  readonly phase: string;
  /** Its end, ms. */
  readonly from: number;
  /** What the p95 of the waiting must come back to, ms. */
  readonly limit?: number;
  /** From the end of the phase to the start of the first window from which on all are within. */
  readonly ms?: number;
  /** Why there is no time. */
  readonly absent?: string;
}

/**
 * From the end of the overload (the phase `spike` or `peak2x`) to the start of the first window that
 * is within the limit, as are all windows after it; ms, in steps of a window (a twentieth of the
 * time after it, 1 to 10 s).
 * A window is judged by the p95 of `ttft_scheduled` of the requests due in it; failed requests
 * waited for ever; windows without requests say nothing.
 *
 * @returns undefined without such a phase
 */
export function recoveryOf(
  phases: readonly Phase[],
  limit: number | undefined,
  columns: RequestColumns,
): Recovery | undefined {
  const overload = overloadOf(phases);
  const from = overload?.spans.at(-1)?.end;
  if (overload === undefined || from === undefined) return undefined;
  const facts = { phase: overload.name, from };
  if (limit === undefined)
    return {
      ...facts,
      absent: "neither the slo nor a p(95) threshold limits ttft_scheduled or ttft",
    };
  const own = phases.filter(({ scenario, measured }) => measured && scenario === overload.scenario);
  const to = Math.max(...own.flatMap(({ spans }) => spans.map(({ end }) => end)));
  const windowMs = Math.min(10_000, Math.max(1000, (to - from) / 20));
  const waits = waitsByWindow(columns, { from, to, windowMs });
  const known = { ...facts, limit };
  if (!waits.some(({ length }) => length > 0))
    return { ...known, absent: `no request was due after ${overload.name}` };
  const window = recoveredWindow(waits, limit);
  if (window !== undefined) return { ...known, ms: window * windowMs };
  const rest = formatMillis(to - from);
  return {
    ...known,
    absent: `the p95 of the waiting was not back within ${formatMillis(limit)} by the end of the run, ${rest} after ${overload.name}`,
  };
}

/** The first window from which on all that say something are within the limit. */
function recoveredWindow(waits: readonly number[][], limit: number): number | undefined {
  let recovered: number | undefined;
  for (const [i, window] of waits.entries()) {
    const p95 = percentile(Float64Array.from(window).sort(), 95);
    if (p95 === undefined) continue;
    if (p95 > limit) recovered = undefined;
    else recovered ??= i;
  }
  return recovered;
}

function waitsByWindow(
  columns: RequestColumns,
  { from, to, windowMs }: { readonly from: number; readonly to: number; readonly windowMs: number },
): number[][] {
  const waits: number[][] = Array.from({ length: Math.ceil((to - from) / windowMs) }, () => []);
  const [sent, due, ttft] = [columns.sent.view(), columns.due.view(), columns.ttft.view()];
  const ok = columns.ok.view();
  for (const [i, at] of due.entries()) {
    if (!(at >= from && at < to)) continue;
    const wait = (ttft[i] ?? NaN) + (sent[i] ?? NaN) - at;
    const failed = ok[i] === 0 || Number.isNaN(wait);
    waits[Math.floor((at - from) / windowMs)]?.push(failed ? FAILED : wait);
  }
  return waits;
}
