/**
 * The head of an HTTP/1.1 response (RFC 9112, 4 and 5), read strictly: what two programs could read
 * in two ways is refused, as undici's parser refuses it.
 */

/** The server's bytes are not an HTTP/1.1 response. */
export class NotHttp extends Error {
  override readonly name = "NotHttp";
}

/** Names in lower case; one that came several times has the list of its values. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface ResponseHead {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly framing: BodyFraming;
  /** The server will take another request on this connection. */
  readonly keepAlive: boolean;
  /** How long the server keeps it open without one, ms; undefined when it does not say. */
  readonly idle: number | undefined;
}

/** How the end of the body is found: by a length (0 for no body), by chunks, or by the end of all. */
export type BodyFraming = number | "chunked" | "close";

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** No control characters but the tab: they would be line ends to somebody. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const SURROUNDING_SPACE = /^[\t ]+|[\t ]+$/g;
/** 999 TB; beyond 2^53 numbers are no longer exact. */
const LENGTH = /^\d{1,15}$/;

/**
 * @param text without the blank line behind it, its lines separated by CR LF
 * @throws NotHttp
 */
export function parseHead(text: string): ResponseHead {
  const [first = "", ...lines] = text.split("\r\n");
  const [, minor, digits] = STATUS_LINE.exec(first) ?? [];
  if (digits === undefined) throw new NotHttp(`not a status line: ${quoted(first)}`);
  // Without a prototype, so that a header named `constructor` is only what was sent.
  const headers = Object.create(null) as Record<string, string | string[]>;
  for (const line of lines) addField(headers, line);
  const status = Number(digits);
  return { status, headers, framing: framingOf(status, headers), ...reuseOf(headers, minor) };
}

/** @throws NotHttp; for trailers, of which nothing is kept */
export function parseField(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(0, colon));
  const value = line.slice(colon + 1).replace(SURROUNDING_SPACE, "");
  if (!TOKEN.test(name) || !VALUE.test(value)) throw new NotHttp(`not a header: ${quoted(line)}`);
  return [name.toLowerCase(), value];
}

function addField(headers: Record<string, string | string[]>, line: string): void {
  const [name, value] = parseField(line);
  const before = headers[name];
  if (before === undefined) headers[name] = value;
  else headers[name] = typeof before === "string" ? [before, value] : [...before, value];
}

/** RFC 9112, 6.3. Length and chunks together, or twice, are how responses are smuggled. */
function framingOf(status: number, headers: ResponseHeaders): BodyFraming {
  const { "content-length": length, "transfer-encoding": coding } = headers;
  if (length !== undefined && coding !== undefined) {
    throw new NotHttp("both content-length and transfer-encoding");
  }
  const framing = coding === undefined ? lengthIn(length) : codingIn(String(coding));
  return status === 204 || status === 304 ? 0 : framing;
}

function codingIn(coding: string): BodyFraming {
  if (coding.toLowerCase() === "chunked") return "chunked";
  throw new NotHttp(`a transfer-encoding that was not asked for: ${quoted(coding)}`);
}

function lengthIn(length: string | string[] | undefined): BodyFraming {
  if (length === undefined) return "close";
  if (typeof length === "string" && LENGTH.test(length)) return Number(length);
  throw new NotHttp(`not a content-length: ${quoted(String(length))}`);
}

function reuseOf(
  headers: ResponseHeaders,
  minor: string | undefined,
): Pick<ResponseHead, "keepAlive" | "idle"> {
  const said = String(headers["connection"] ?? "").toLowerCase();
  const keepAlive = minor === "1" ? !said.includes("close") : said.includes("keep-alive");
  const seconds = /timeout=(\d{1,6})/.exec(String(headers["keep-alive"] ?? ""))?.[1];
  return { keepAlive, idle: seconds === undefined ? undefined : Number(seconds) * 1000 };
}

const EXCERPT = 60;

function quoted(text: string): string {
  return JSON.stringify(text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text);
}
