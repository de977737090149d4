/**
 * From the bytes of `run.jsonl` to its lines. A run is gigabytes, and nine tenths of them are the
 * gaps between tokens: a list of whole numbers, which is read from the bytes at a fifth of what
 * JSON.parse takes. Everything else, and every list that is not as we write it, JSON.parse reads.
 */
import type { RequestRecord } from "../core/request-record.ts";
import type { RunLine } from "../core/records.ts";

const LINE_BREAK = 10;
const COMMA = 44;
const ZERO = 48;
const NINE = 57;
const LIST_END = 93;
const GAPS = Buffer.from('"contentGapsUs":[');
/** More digits than a double holds exactly. */
const MOST_DIGITS = 15;

/** Called for each line; undefined where it is not a whole JSON object of a line's shape. */
export type OnLine = (line: RunLine | undefined) => void;

export class LineParser {
  /** What has come of a line that is not whole yet. */
  #rest: Buffer[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  /** Where the next list of gaps begins; -1: not looked for in these bytes. */
  #nextGaps = -1;
  #isFirst = true;
  /** Of the last record: the next one is as long. */
  #length = 0;

  /** Takes the next bytes of the file; they are not needed any more when it returns. */
  take(chunk: Buffer, onLine: OnLine): void {
    const bytes = this.#isFirst ? withoutMark(chunk) : chunk;
    this.#isFirst = false;
    let from = 0;
    const first = bytes.indexOf(LINE_BREAK);
    if (this.#rest.length > 0 && first >= 0) {
      const whole = Buffer.concat([...this.#rest, bytes.subarray(0, first)]);
      this.#rest = [];
      this.#look(whole);
      onLine(this.#parse(0, whole.length));
      from = first + 1;
    }
    this.#look(bytes);
    for (let end = bytes.indexOf(LINE_BREAK, from); end >= 0;) {
      onLine(this.#parse(from, end));
      from = end + 1;
      end = bytes.indexOf(LINE_BREAK, from);
    }
    if (from < bytes.length) this.#rest.push(Buffer.from(bytes.subarray(from)));
  }

  /** After the last bytes. @returns whether anything followed the last line break, a line or not */
  end(onLine: OnLine): boolean {
    if (this.#rest.length === 0) return false;
    this.#look(Buffer.concat(this.#rest));
    this.#rest = [];
    onLine(this.#parse(0, this.#bytes.length));
    return true;
  }

  #look(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#nextGaps = -1;
  }

  #parse(from: number, end: number): RunLine | undefined {
    const at = this.#gapsAfter(from);
    return (at < end ? this.#parseRecord(from, end, at) : undefined) ?? this.#parseAll(from, end);
  }

  #parseAll(from: number, end: number): RunLine | undefined {
    return lineIn(this.#bytes.toString("utf8", from, end));
  }

  /** The place of the next list at or after `from`; it is looked for once. */
  #gapsAfter(from: number): number {
    if (this.#nextGaps < from) {
      const found = this.#bytes.indexOf(GAPS, from);
      this.#nextGaps = found < 0 ? Infinity : found;
    }
    return this.#nextGaps;
  }

  /** Undefined where it is no record with a list of its own in the place found: be it never so odd. */
  #parseRecord(from: number, end: number, at: number): RunLine | undefined {
    const begin = at + GAPS.length;
    const gaps = new Array<number>(this.#length);
    const after = readNumbers(this.#bytes, { begin, end }, gaps);
    if (after === undefined) return undefined;
    this.#length = gaps.length;
    const bytes = this.#bytes;
    const line = lineIn(
      `${bytes.toString("utf8", from, begin - 1)}"(gaps)"${bytes.toString("utf8", after, end)}`,
    );
    if (line?.type !== "request" || line.contentGapsUs !== STAND_IN) return undefined;
    (line as { contentGapsUs: RequestRecord["contentGapsUs"] }).contentGapsUs = gaps;
    return line;
  }
}

/** Stands in for the list while the rest is parsed. */
const STAND_IN: unknown = "(gaps)";

/**
 * Whole numbers as JSON.stringify writes them, up to the end of the list.
 *
 * @returns where the list is over; undefined for anything else
 */
function readNumbers(
  bytes: Buffer,
  { begin, end }: { readonly begin: number; readonly end: number },
  into: number[],
): number | undefined {
  let start = begin;
  let value = 0;
  let count = 0;
  for (let at = begin; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= ZERO && byte <= NINE) {
      value = value * 10 + byte - ZERO;
      continue;
    }
    if (!isWhole(at - start, bytes[start])) return undefined;
    into[count] = value;
    count += 1;
    if (byte !== COMMA) {
      into.length = count;
      return byte === LIST_END ? at + 1 : undefined;
    }
    start = at + 1;
    value = 0;
  }
  return undefined;
}

/** As JSON has it: `0`, or digits that do not begin with one; not more than can be told apart. */
function isWhole(digits: number, first: number | undefined): boolean {
  return digits === 1 || (digits > 0 && digits <= MOST_DIGITS && first !== ZERO);
}

/** Undefined where it is not a whole JSON object of a line's shape. */
export function lineIn(text: string): RunLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const whole = typeof value === "object" && value !== null && "type" in value;
    return whole ? (value as RunLine) : undefined;
  } catch {
    return undefined;
  }
}

/** A byte order mark, which some editors leave, says nothing. */
function withoutMark(bytes: Buffer): Buffer {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return marked ? bytes.subarray(3) : bytes;
}
