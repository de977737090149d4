/** What the gates look at, each from the evidence of a run to a value or the reason why there is none. */
import { measuredText } from "../metrics/measured-text.ts";
import type { BaselineCheck } from "../summary.ts";
import type { Evidence } from "./evidence.ts";
import type { Reading } from "./gate-row.ts";
import type { ServerCount } from "./server-count.ts";
import { foreignCount, worstCount } from "./server-counts.ts";

/** Below so many requests (or iterations) a share is an accident. */
const ENOUGH_REQUESTS = 20;
/** Windows that must show a level before it counts, and their least share of all windows. */
const ENOUGH_WINDOWS = 3;
const SUSTAINED_SHARE = 0.1;
/** Late requests below this number are hiccups of a small machine, not a busy client. */
const ENOUGH_LATE = 5;

/**
 * The level that at least a tenth of the windows, and at least three of them, reached in the worst
 * source: one spike on a small machine proves nothing.
 */
export function sustained(
  metric: string,
  unit: BaselineCheck["unit"],
): (evidence: Evidence) => Reading {
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
export function dispatchLag({ lag }: Evidence): Reading {
  if (lag === undefined) return { missing: "no request had a schedule (closed loop)" };
  const value = lag.sustained(0.01, ENOUGH_LATE);
  if (value === undefined || lag.count < ENOUGH_REQUESTS)
    return { missing: `only ${lag.count} requests had a schedule` };
  const detail = `${measuredText(value, "ms")} or more in a hundredth of ${lag.count} requests, and in at least ${ENOUGH_LATE}; ${measuredText(lag.max ?? value, "ms")} at most`;
  return { value, enough: true, detail };
}

export function achievedRate({ planned, startedInTime, cutShort }: Evidence): Reading {
  if (planned === undefined) return { missing: "no schedule was planned (closed loop)" };
  if (cutShort) return { missing: "the run ended before its plan did" };
  if (planned === 0) return { missing: "no iteration was planned in the measured phases" };
  const detail = `${startedInTime} of ${planned} planned iterations started in time`;
  return { value: startedInTime / planned, enough: planned >= ENOUGH_REQUESTS, detail };
}

export function dropped({ iterations, dropped: count }: Evidence): Reading {
  if (iterations === 0) return { missing: "no iteration was due in the measured phases" };
  return share(count, iterations, "iterations were dropped");
}

export function censored({ ended, censored: count, aborted }: Evidence): Reading {
  if (aborted) return { missing: "a threshold ended the run, whatever was under way" };
  if (ended + count === 0) return { missing: "no request was sent in the measured phases" };
  return share(count, ended + count, "requests were still running when the run ended");
}

export function tokenCounts({ tokens }: Evidence): Reading {
  if (tokens.checked === 0) return { missing: "the server counted no tokens" };
  const words = `requests disagree${tokens.example === undefined ? "" : `; ${tokens.example}`}`;
  return share(tokens.mismatched, tokens.checked, words);
}

export function serverDifference({ serverCounts: told }: Evidence): Reading {
  if ("reason" in told) return { missing: told.reason };
  const worst = worstCount(told.counts);
  if (worst === undefined) return { missing: Object.values(told.missing).join("; ") };
  return { value: worst.difference, enough: true, detail: told.counts.map(bothCounts).join("; ") };
}

export function foreignWork({ serverCounts: told }: Evidence): Reading {
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

export function littlesLaw({ little }: Evidence): Reading {
  if (little === undefined) return { missing: "no request ran in the measured phases" };
  const { inFlight, expected, deviation, requests } = little;
  const detail = `${measuredText(inFlight, undefined)} in flight, ${measuredText(expected, undefined)} from arrival rate times duration, the edges of the windows allowed for`;
  return { value: deviation, enough: requests >= ENOUGH_REQUESTS, detail };
}

function share(count: number, of: number, words: string): Reading {
  const detail = `${count} of ${of} ${words}`;
  return { value: count / of, enough: of >= ENOUGH_REQUESTS, detail };
}
