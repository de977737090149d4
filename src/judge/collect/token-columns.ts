/**
 * The content events of one record, and the gaps between its output tokens, as columns. A run has
 * hundreds of millions of events and everything that judges it looks at all of them: columns that
 * are filled once a record and read in plain loops cost a tenth of a call for each event.
 */
import type { RequestRecord } from "../../core/request-record.ts";
import { burstsOf, type Bursts } from "./bursts.ts";
import { sentTokens, showsSpacing } from "./sent-tokens.ts";
import { contains, type Span } from "./spans.ts";
import { bucketOf } from "../../stats/log-buckets.ts";

/** Content events in order. Valid until the next record is read. */
export interface Arrivals {
  readonly length: number;
  /** Every event carried one token. */
  readonly single: boolean;
  /** When an event came, ms since the run's origin. */
  readonly at: Float64Array;
  /** The tokens it carried; a fraction where they are spread. */
  readonly tokens: Float64Array;
  readonly bursts: Bursts;
}

/** Gaps between output tokens, in order. Valid until the next record is read. */
export interface TokenGaps {
  readonly length: number;
  /** Every gap occurs once. */
  readonly once: boolean;
  /** ms. */
  readonly gap: Float64Array;
  /** How often it occurs. */
  readonly times: Float64Array;
  /** When it ended, ms since the run's origin. */
  readonly at: Float64Array;
  /** Its logarithmic bucket (stats/log-buckets.ts). */
  readonly bucket: Uint32Array;
}

type Filled<Columns> = { -readonly [Key in keyof Columns]: Columns[Key] };

const FIRST_CAPACITY = 1024;

/** The columns of one record at a time, filled when they are first asked for. */
export class TokenColumns {
  #record: RequestRecord | undefined;
  #capacity = 0;
  #arrivals = arrivalsFor(0);
  #gaps = gapsFor(0);
  #hasArrivals = false;
  #hasGaps = false;

  of(record: RequestRecord): void {
    this.#record = record;
    this.#hasArrivals = false;
    this.#hasGaps = false;
  }

  /**
   * Tokens per event are those of the record; where they are not known, the request's output count is
   * spread evenly over its events. A record without gaps (the answer came in one piece) has one
   * arrival, at its last content.
   */
  get arrivals(): Arrivals {
    const record = this.#record;
    if (this.#hasArrivals || record === undefined) return this.#arrivals;
    const waits = record.contentGapsUs ?? [];
    this.#reserve(waits.length);
    if (waits.length > 0) fillArrivals(this.#arrivals, record, waits);
    else fillWhole(this.#arrivals, record);
    this.#arrivals.bursts = burstsOf(waits, this.#arrivals.tokens, this.#arrivals.length);
    this.#hasArrivals = true;
    return this.#arrivals;
  }

  /**
   * Token-weighted: an event with k tokens gives its whole wait once, and k − 1 times 0. An event of
   * 0 tokens (half a character) hands its wait on. Between chunks of unknown counts, one gap an
   * event. The first event has no gap. Several answers in one, and one that came all at once, have
   * none that mean anything.
   */
  get gaps(): TokenGaps {
    const record = this.#record;
    if (this.#hasGaps || record === undefined) return this.#gaps;
    const events = this.arrivals;
    const { contentGapsUs: waits = [], contentTokens, perEvent } = record;
    if (record.choices !== undefined || isBunched(record, events.bursts)) this.#gaps.length = 0;
    else if (perEvent !== "chunk" && contentTokens !== undefined)
      fillWeighted(this.#gaps, events, waits);
    else fillGaps(this.#gaps, events, waits);
    bucketEach(this.#gaps);
    this.#hasGaps = true;
    return this.#gaps;
  }

  #reserve(events: number): void {
    if (events <= this.#capacity && this.#capacity > 0) return;
    this.#capacity = Math.max(FIRST_CAPACITY, 2 * events);
    this.#arrivals = arrivalsFor(this.#capacity);
    // An event of several tokens gives two rows: its wait, and the zeros behind it.
    this.#gaps = gapsFor(2 * this.#capacity);
  }
}

function arrivalsFor(rows: number): Filled<Arrivals> {
  const column = (): Float64Array => new Float64Array(rows);
  const bursts = { first: 0, largest: 0, total: 0 };
  return { length: 0, single: true, at: column(), tokens: column(), bursts };
}

function gapsFor(rows: number): Filled<TokenGaps> {
  const column = (): Float64Array => new Float64Array(rows);
  const bucket = new Uint32Array(rows);
  return { length: 0, once: true, gap: column(), times: column(), at: column(), bucket };
}

function fillWhole(into: Filled<Arrivals>, record: RequestRecord): void {
  const { lastContent } = record;
  into.length = lastContent === undefined ? 0 : 1;
  into.at[0] = lastContent ?? NaN;
  into.tokens[0] = sentTokens(record) ?? 1;
  into.single = false;
}

function fillArrivals(
  into: Filled<Arrivals>,
  record: RequestRecord,
  waits: readonly number[],
): void {
  const { sent, contentTokens } = record;
  const { at, tokens } = into;
  const { length } = waits;
  const each = tokensPerEvent(record, length);
  let elapsedUs = 0;
  for (let i = 0; i < length; i += 1) {
    elapsedUs += waits[i] ?? 0;
    at[i] = sent + elapsedUs / 1000;
  }
  if (contentTokens === undefined) tokens.fill(each, 0, length);
  else for (let i = 0; i < length; i += 1) tokens[i] = contentTokens[i] ?? each;
  into.length = length;
  into.single = contentTokens === undefined && each === 1;
}

function tokensPerEvent(record: RequestRecord, events: number): number {
  const sent = sentTokens(record);
  return record.perEvent === "chunk" && sent !== undefined ? sent / events : 1;
}

/** Most of its tokens came in one burst: neither gaps nor time per token can be seen. */
export function isBunched(record: RequestRecord, { total, largest }: Bursts): boolean {
  return showsSpacing(record) && largest > total / 2;
}

function fillGaps(
  into: Filled<TokenGaps>,
  { length, at }: Arrivals,
  waits: readonly number[],
): void {
  const rows = Math.max(0, length - 1);
  const { gap, at: ends } = into;
  for (let i = 0; i < rows; i += 1) {
    gap[i] = (waits[i + 1] ?? 0) / 1000;
    ends[i] = at[i + 1] ?? NaN;
  }
  into.times.fill(1, 0, rows);
  into.length = rows;
  into.once = true;
}

function fillWeighted(
  into: Filled<TokenGaps>,
  { length, at, tokens }: Arrivals,
  waits: readonly number[],
): void {
  into.length = 0;
  into.once = false;
  let waited = 0;
  for (let i = 0; i < length; i += 1) {
    if (i > 0) waited += (waits[i] ?? 0) / 1000;
    const carried = tokens[i] ?? 0;
    const when = at[i] ?? NaN;
    if (carried < 1) continue;
    if (i > 0) addGap(into, waited, 1, when);
    if (carried > 1) addGap(into, 0, carried - 1, when);
    waited = 0;
  }
}

function addGap(into: Filled<TokenGaps>, gap: number, times: number, at: number): void {
  const row = into.length;
  into.gap[row] = gap;
  into.times[row] = times;
  into.at[row] = at;
  into.length = row + 1;
}

/** Once for all histograms that count in these buckets. */
function bucketEach({ length, gap, bucket }: TokenGaps): void {
  for (let i = 0; i < length; i += 1) bucket[i] = bucketOf(gap[i] ?? NaN);
}

/** Tokens of the events that came inside these windows. */
export function tokensWithin(arrivals: Arrivals, windows: readonly Span[]): number {
  const { at, tokens, length, single } = arrivals;
  // Nearly every answer lies in one window as a whole.
  if (single && liesWithin(arrivals, windows)) return length;
  let sum = 0;
  for (let i = 0; i < length; i += 1) if (contains(windows, at[i] ?? NaN)) sum += tokens[i] ?? 0;
  return sum;
}

/** Events come one after the other: the first and the last tell. */
function liesWithin({ at, length }: Arrivals, windows: readonly Span[]): boolean {
  const [first = NaN, last = NaN] = [at[0], at[length - 1]];
  return length > 0 && windows.some(({ start, end }) => first >= start && last < end);
}
