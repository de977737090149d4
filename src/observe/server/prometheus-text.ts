/**
 * Reads a page of metrics in Prometheus' text format (version 0.0.4, and what OpenMetrics adds to
 * a line). One pass over the characters, no regular expression: such a page is read every second.
 * A line that is not one of the format is left out, and counted.
 */

export interface PageSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** The exposition's own time stamp as it stands there: ms in Prometheus, s in OpenMetrics. */
  readonly timestamp?: number;
}

export interface Page {
  readonly samples: readonly PageSample[];
  /** `counter`, `gauge`, `histogram`, ... by the name of the family. */
  readonly types: ReadonlyMap<string, string>;
  /** Lines that could not be read. */
  readonly broken: number;
}

const NO_LABELS: PageSample["labels"] = {};

/** What stands before the values, as it was read before: pages repeat it from scrape to scrape. */
export type KnownSeries = Map<string, Pick<PageSample, "name" | "labels">>;

/** Beyond so many nothing more is remembered: series whose labels change for ever. */
const MOST_KNOWN = 20_000;

/** @param known of the pages of one server; remembered series cost a third of new ones */
export function readPage(text: string, known: KnownSeries = new Map()): Page {
  const samples: PageSample[] = [];
  const types = new Map<string, string>();
  let broken = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const from = skipBlanks(text, start, end);
    start = end + 1;
    if (from === end) continue;
    if (text.charCodeAt(from) === HASH) {
      readType(text.slice(from, end), types);
      continue;
    }
    const sample = readSample(text, from, end, known);
    if (sample === undefined) broken += 1;
    else samples.push(sample);
  }
  return { samples, types, broken };
}

const HASH = 0x23;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const EQUALS = 0x3d;
const COMMA = 0x2c;
const DOT = 0x2e;
const ZERO = 0x30;

function readType(line: string, types: Map<string, string>): void {
  if (!line.startsWith("TYPE", skipBlanks(line, 1, line.length))) return;
  const [, , name = "", type = ""] = line.replace(/^#\s*/, "# ").trim().split(/\s+/);
  types.set(name, type);
}

/** `name{label="value",...} value timestamp # exemplar` */
function readSample(
  text: string,
  from: number,
  end: number,
  known: KnownSeries,
): PageSample | undefined {
  // Reading goes from left to right, so what was read up to a bracket once is read so again.
  const head = endOfHead(text, from, end);
  const key = head === from ? "" : text.slice(from, head);
  const before = known.get(key);
  if (before !== undefined) return readValue(before, text.slice(head, end));
  const behind = endOfName(text, from, end);
  if (behind === from || isDigit(text.charCodeAt(from))) return undefined;
  const name = text.slice(from, behind);
  const at = skipBlanks(text, behind, end);
  if (text.charCodeAt(at) !== OPEN)
    return readValue({ name, labels: NO_LABELS }, text.slice(at, end));
  const labels: Record<string, string> = {};
  const rest = readLabels(text, at + 1, end, labels);
  if (rest === undefined) return undefined;
  if (rest === head && known.size < MOST_KNOWN) known.set(key, { name, labels });
  return readValue({ name, labels }, text.slice(rest, end));
}

/** Behind the last closing bracket of the line; its start when there is none. */
function endOfHead(text: string, from: number, end: number): number {
  let at = end;
  while (at > from && text.charCodeAt(at - 1) !== CLOSE) at -= 1;
  return at;
}

/** An exemplar follows behind a hash; it is not ours to use. */
function readValue(
  { name, labels }: Pick<PageSample, "name" | "labels">,
  text: string,
): PageSample | undefined {
  const hash = text.indexOf("#");
  const words = (hash < 0 ? text : text.slice(0, hash)).trim();
  const blank = words.search(/\s/);
  const value = readNumber(blank < 0 ? words : words.slice(0, blank));
  if (value === undefined) return undefined;
  if (blank < 0) return { name, labels, value };
  const timestamp = readNumber(words.slice(blank).trim());
  return timestamp === undefined ? undefined : { name, labels, value, timestamp };
}

/** Fills `labels`. Returns where the closing bracket is behind; undefined when they are broken. */
function readLabels(
  text: string,
  from: number,
  end: number,
  labels: Record<string, string>,
): number | undefined {
  for (let at = skipBlanks(text, from, end); at < end;) {
    if (text.charCodeAt(at) === CLOSE) return at + 1;
    const behind = endOfName(text, at, end);
    const quote = openingQuote(text, behind, end);
    const closing = quote && endOfQuotes(text, quote + 1, end);
    if (behind === at || quote === undefined || closing === undefined) return undefined;
    labels[text.slice(at, behind)] = unescape(text.slice(quote + 1, closing));
    at = skipBlanks(text, closing + 1, end);
    if (text.charCodeAt(at) === COMMA) at = skipBlanks(text, at + 1, end);
    else if (text.charCodeAt(at) !== CLOSE) return undefined;
  }
  return undefined;
}

/** Behind a label's name: an equals sign, then a quote. */
function openingQuote(text: string, from: number, end: number): number | undefined {
  const equals = skipBlanks(text, from, end);
  if (text.charCodeAt(equals) !== EQUALS) return undefined;
  const quote = skipBlanks(text, equals + 1, end);
  return text.charCodeAt(quote) === QUOTE ? quote : undefined;
}

function endOfName(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && isNamePart(text.charCodeAt(at))) at += 1;
  return at;
}

function endOfQuotes(text: string, from: number, end: number): number | undefined {
  for (let at = from; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return undefined;
}

function unescape(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(.)/g, (whole, one: string) =>
    one === "n" ? "\n" : one === "\\" || one === '"' ? one : whole,
  );
}

/** Go's and Python's spellings; undefined for anything else, also for an empty word. */
function readNumber(word: string): number | undefined {
  const last = word.charCodeAt(word.length - 1);
  if (isDigit(last) || last === DOT) {
    const number = Number(word);
    return Number.isNaN(number) || isOtherBase(word) ? undefined : number;
  }
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(word);
  if (special === null) return undefined;
  if (special[2]?.toLowerCase() === "nan") return NaN;
  return special[1] === "-" ? -Infinity : Infinity;
}

/** Number() also reads 0x10, 0o7 and 0b1, which the format has not. */
function isOtherBase(word: string): boolean {
  return word.charCodeAt(0) === ZERO && /^0[xob]/i.test(word);
}

function isNamePart(code: number): boolean {
  // Letters, digits, underscore, colon.
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x3a) ||
    code === 0x5f
  );
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Also over a carriage return at the end of a line. */
function skipBlanks(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}
