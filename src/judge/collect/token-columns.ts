/**
 * The content events of one record, and the gaps between its output tokens, as columns. A run has
 * hundreds of millions of events and everything that judges it looks at all of them: columns that
 * are filled once a record and read in plain loops cost a tenth of a call for each event.
 */
import type { RequestRecord } from "../../core/records.ts";
import { burstsOf, type Bursts } from "./bursts.ts";
import { sentTokens, showsSpacing } from "./sent-tokens.ts";

/** Content events in order. Valid until the columns of another record are asked for. */
export interface Arrivals {
  readonly length: number;
  /** When an event came, ms since the run's origin. */
  readonly at: Float64Array;
  /** The tokens it carried; a fraction where they are spread. */
  readonly tokens: Float64Array;
  readonly bursts: Bursts;
}

/** Gaps between output tokens, in order. Valid until the columns of another record are asked for. */
export interface TokenGaps {
  readonly length: number;
  /** ms. */
  readonly gap: Float64Array;
  /** How often it occurs. */
  readonly times: Float64Array;
  /** When it ended, ms since the run's origin. */
  readonly at: Float64Array;
}

type Filled<Columns> = { -readonly [Key in keyof Columns]: Columns[Key] };

let capacity = 1024;
let arrivals = noArrivals();
let gaps = noGaps();
let arrivalsAreOf: RequestRecord | undefined;
let gapsAreOf: RequestRecord | undefined;

function noArrivals(): Filled<Arrivals> {
  const bursts = { first: 0, largest: 0, total: 0 };
  return { length: 0, at: new Float64Array(capacity), tokens: new Float64Array(capacity), bursts };
}

/** An event of several tokens gives two rows: its wait, and the zeros behind it. */
function noGaps(): Filled<TokenGaps> {
  const column = (): Float64Array => new Float64Array(2 * capacity);
  return { length: 0, gap: column(), times: column(), at: column() };
}

function reserve(events: number): void {
  if (events <= capacity) return;
  capacity = 2 * events;
  arrivals = noArrivals();
  gaps = noGaps();
  gapsAreOf = undefined;
}

/**
 * Tokens per event are those of the record; where they are not known, the request's output count is
 * spread evenly over its events. A record without gaps (the answer came in one piece) has one
 * arrival, at its last content.
 */
export function arrivalsOf(record: RequestRecord): Arrivals {
  if (arrivalsAreOf === record) return arrivals;
  const { contentGapsUs = [], lastContent } = record;
  reserve(contentGapsUs.length);
  if (contentGapsUs.length > 0) fillArrivals(record, contentGapsUs);
  else {
    arrivals.length = lastContent === undefined ? 0 : 1;
    arrivals.at[0] = lastContent ?? NaN;
    arrivals.tokens[0] = sentTokens(record) ?? 1;
  }
  arrivals.bursts = burstsOf(contentGapsUs, arrivals.tokens, arrivals.length);
  arrivalsAreOf = record;
  return arrivals;
}

function fillArrivals(record: RequestRecord, waits: readonly number[]): void {
  const { sent, contentTokens } = record;
  const { at, tokens } = arrivals;
  const each = tokensPerEvent(record, waits.length);
  let elapsedUs = 0;
  for (let i = 0; i < waits.length; i += 1) {
    elapsedUs += waits[i] ?? 0;
    at[i] = sent + elapsedUs / 1000;
    tokens[i] = contentTokens?.[i] ?? each;
  }
  arrivals.length = waits.length;
}

function tokensPerEvent(record: RequestRecord, events: number): number {
  const sent = sentTokens(record);
  return record.perEvent === "chunk" && sent !== undefined ? sent / events : 1;
}

/** Most of its tokens came in one burst: neither gaps nor time per token can be seen. */
export function isBunched(record: RequestRecord): boolean {
  if (!showsSpacing(record)) return false;
  const { total, largest } = arrivalsOf(record).bursts;
  return largest > total / 2;
}

/**
 * Token-weighted: an event with k tokens gives its whole wait once, and k − 1 times 0. An event of 0
 * tokens (half a character) hands its wait on. Between chunks of unknown counts, one gap an event.
 * The first event has no gap. Several answers in one, and one that came all at once, have none that
 * mean anything.
 */
export function tokenGapsOf(record: RequestRecord): TokenGaps {
  if (gapsAreOf === record) return gaps;
  const events = arrivalsOf(record);
  const { contentGapsUs = [], contentTokens, perEvent } = record;
  gapsAreOf = record;
  gaps.length = 0;
  if (record.choices !== undefined || isBunched(record)) return gaps;
  const isWeighted = perEvent !== "chunk" && contentTokens !== undefined;
  gaps.length = isWeighted ? fillWeighted(events, contentGapsUs) : fillGaps(events, contentGapsUs);
  return gaps;
}

/** @returns the number of rows */
function fillGaps({ length, at }: Arrivals, waits: readonly number[]): number {
  for (let i = 1; i < length; i += 1) addGap(i - 1, (waits[i] ?? 0) / 1000, 1, at[i] ?? NaN);
  return Math.max(0, length - 1);
}

function fillWeighted({ length, at, tokens }: Arrivals, waits: readonly number[]): number {
  let rows = 0;
  let waited = 0;
  for (let i = 0; i < length; i += 1) {
    if (i > 0) waited += (waits[i] ?? 0) / 1000;
    const [carried = 0, when = NaN] = [tokens[i], at[i]];
    if (carried < 1) continue;
    if (i > 0) rows = addGap(rows, waited, 1, when);
    if (carried > 1) rows = addGap(rows, 0, carried - 1, when);
    waited = 0;
  }
  return rows;
}

/** @returns the row after it */
function addGap(row: number, gap: number, times: number, at: number): number {
  gaps.gap[row] = gap;
  gaps.times[row] = times;
  gaps.at[row] = at;
  return row + 1;
}
