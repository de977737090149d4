/** What a server that turns requests away does: how many it lets in, how evenly, and whether it keeps what it announces. */
import type { FailureKind, RequestRecord } from "../../core/request-record.ts";
import { percentile } from "../../stats/percentile.ts";
import { present } from "../../core/present.ts";

export interface Admission {
  /** Requests that ended, and those of them that were turned away. */
  readonly asked: number;
  readonly refused: number;
  /**
   * Jain's index of the shares let in, window by window of a second (Jain, Chiu and Hawe 1984): 1
   * when every second lets in the same share, 1/n when one of n lets in all.
   */
  readonly evenness: number;
  /** The longest time in which requests came and none was let in, ms. */
  readonly longestShut: number;
  readonly retryAfter?: RetryAfter;
}

/** Whether a request is let in once the announced time is over. */
export interface RetryAfter {
  /** Refusals that announced a time in seconds, and its median, ms. */
  readonly told: number;
  readonly median: number;
  /**
   * Requests that were the first to be sent after an announced time was over, and those of them that
   * were let in. Absent parts: none came after it.
   */
  readonly tried: number;
  readonly admitted: number;
}

type Asked = Pick<RequestRecord, "sent" | "ended" | "retryAfter"> & {
  readonly outcome: { readonly ok: boolean; readonly failure?: FailureKind };
};

const WINDOW = 1000;

/** @returns undefined when no request was turned away */
export function admissionOf(records: readonly Asked[]): Admission | undefined {
  const asked = records
    .filter(({ outcome }) => outcome.ok || outcome.failure !== "interrupted")
    .sort((a, b) => a.sent - b.sent);
  const refused = asked.filter(isRefused);
  if (refused.length === 0) return undefined;
  return present({
    asked: asked.length,
    refused: refused.length,
    evenness: evennessOf(asked),
    longestShut: longestShut(asked),
    retryAfter: retryAfterOf(asked, refused),
  });
}

function isRefused({ outcome }: Asked): boolean {
  return !outcome.ok && outcome.failure === "overloaded";
}

function evennessOf(asked: readonly Asked[]): number {
  const start = asked[0]?.sent ?? 0;
  const windows = new Map<number, { all: number; admitted: number }>();
  for (const one of asked) {
    const at = Math.floor((one.sent - start) / WINDOW);
    const { all, admitted } = windows.get(at) ?? { all: 0, admitted: 0 };
    windows.set(at, { all: all + 1, admitted: admitted + (isRefused(one) ? 0 : 1) });
  }
  const shares = [...windows.values()].map(({ all, admitted }) => admitted / all);
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share ** 2, 0);
  return squares === 0 ? 1 : sum ** 2 / (shares.length * squares);
}

function longestShut(asked: readonly Asked[]): number {
  let longest = 0;
  let since: number | undefined;
  for (const one of asked) {
    if (!isRefused(one)) since = undefined;
    else {
      since ??= one.sent;
      longest = Math.max(longest, one.ended - since);
    }
  }
  return longest;
}

function retryAfterOf(asked: readonly Asked[], refused: readonly Asked[]): RetryAfter | undefined {
  const told = refused.flatMap(({ ended, retryAfter }) => {
    const wait = secondsOf(retryAfter);
    return wait === undefined ? [] : [{ wait, until: ended + wait }];
  });
  if (told.length === 0) return undefined;
  const first = new Set(told.flatMap(({ until }) => firstAfter(asked, until) ?? []));
  return {
    told: told.length,
    median: percentile(Float64Array.from(told.map(({ wait }) => wait)).sort(), 50) ?? 0,
    tried: first.size,
    admitted: [...first].filter((one) => !isRefused(one)).length,
  };
}

/** ms; undefined for dates, which are rare, and for what is no number. */
function secondsOf(header: string | undefined): number | undefined {
  const seconds = header === undefined || header.trim() === "" ? NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/** By halving: the requests are in order of sending. */
function firstAfter(asked: readonly Asked[], at: number): Asked | undefined {
  let [low, high] = [0, asked.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((asked[middle]?.sent ?? Infinity) >= at) high = middle;
    else low = middle + 1;
  }
  return asked[low];
}
