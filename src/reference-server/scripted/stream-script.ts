/**
 * What one scripted answer does, and when: asked for in the request's own body, under
 * `plimsoll_script`. A pure function of the script gives every write with its time.
 */

/** Times are ms; those that begin with `after` count from the moment the request was complete. */
export interface StreamScript {
  /** Name of the stream in the truth; without it nothing is kept of the stream. */
  readonly id?: string;
  /** Content tokens; the request's `max_tokens` when absent. */
  readonly tokens: number;
  /** Wait until response headers and the role event, which carries no content. */
  readonly headersAfter: number;
  /** Wait until the first content. */
  readonly ttft: number;
  /** Wait between two writes of content. */
  readonly itl: number;
  /** One wait in so many is `slowItl` instead (bimodal); 0 for none. */
  readonly slowEvery: number;
  readonly slowItl: number;
  /** Events in one write. */
  readonly burst: number;
  /** Tokens in one event. */
  readonly tokensPerEvent: number;
  /** Each write of content is cut into so many; 0 cuts it into single bytes. */
  readonly pieces: number;
  /** Wait between two pieces; the last one comes when the whole write would have. */
  readonly pieceGap: number;
  /** One additional silence, before this write of content (from 1); 0 for none. */
  readonly stallBefore: number;
  readonly stall: number;
}

export const DEFAULT_SCRIPT: StreamScript = {
  tokens: 16,
  headersAfter: 0,
  ttft: 5,
  itl: 5,
  slowEvery: 0,
  slowItl: 0,
  burst: 1,
  tokensPerEvent: 1,
  pieces: 1,
  pieceGap: 0,
  stallBefore: 0,
  stall: 0,
};

/** The script of a request; what it leaves open is the default's. Wrong values count as absent. */
export function readScript(
  written: unknown,
  maxTokens: unknown,
  defaults: StreamScript,
): StreamScript {
  const fields = typeof written === "object" && written !== null ? written : {};
  const limit = isAmount(maxTokens) && maxTokens >= 1 ? { tokens: maxTokens } : {};
  const known = Object.entries(fields).filter(([key, value]) =>
    key === "id" ? typeof value === "string" : key in DEFAULT_SCRIPT && isAmount(value),
  );
  return { ...defaults, ...limit, ...(Object.fromEntries(known) as Partial<StreamScript>) };
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** One write to the socket. */
export interface Step {
  /** ms after the request was complete. */
  readonly after: number;
  readonly bytes: Buffer;
  /** Content events whose last byte, that of their blank line, is in this write. */
  readonly completes: number;
}

/** Every write of an answer, in order. `after` never decreases. */
export function* stepsOf(script: StreamScript, promptTokens: number): Generator<Step> {
  yield { after: script.headersAfter, bytes: HEAD, completes: 0 };
  let after = Math.max(script.ttft, script.headersAfter);
  for (const [index, { bytes, ends }] of writesOf(script)) {
    if (index > 0) after += waitBefore(index, script);
    if (index + 1 === script.stallBefore) after += script.stall;
    yield* cut(bytes, ends, after, script);
  }
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: script.tokens,
    total_tokens: promptTokens + script.tokens,
  };
  const tail = [
    event({ choices: [{ index: 0, delta: {}, finish_reason: "length" }] }),
    event({ choices: [], usage }),
    "data: [DONE]\n\n",
  ].join("");
  yield { after, bytes: Buffer.from(`${httpChunk(tail)}0\r\n\r\n`), completes: 0 };
}

function waitBefore(index: number, { itl, slowEvery, slowItl }: StreamScript): number {
  return slowEvery > 0 && index % slowEvery === 0 ? slowItl : itl;
}

interface Encoded {
  readonly bytes: Buffer;
  /** Offset behind the last byte of each event. */
  readonly ends: readonly number[];
}

/** The writes of content; all but the last are alike, and encoded once. */
function* writesOf(script: StreamScript): Generator<[number, Encoded]> {
  const { tokens, tokensPerEvent, burst } = script;
  const perWrite = Math.max(1, tokensPerEvent) * Math.max(1, burst);
  const writes = Math.ceil(tokens / perWrite);
  for (let index = 0; index < writes; index += 1) {
    yield [index, encodedWrite(Math.min(perWrite, tokens - index * perWrite), tokensPerEvent)];
  }
}

const encoded = new Map<string, Encoded>();

function encodedWrite(tokens: number, tokensPerEvent: number): Encoded {
  const key = `${tokens}/${tokensPerEvent}`;
  let found = encoded.get(key);
  if (found === undefined) {
    found = encodeWrite(tokens, Math.max(1, tokensPerEvent));
    if (encoded.size < 1000) encoded.set(key, found);
  }
  return found;
}

function encodeWrite(tokens: number, tokensPerEvent: number): Encoded {
  const events: string[] = [];
  for (let left = tokens; left > 0; left -= tokensPerEvent) {
    const content = " word".repeat(Math.min(left, tokensPerEvent));
    events.push(event({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }));
  }
  const payload = events.join("");
  const bytes = Buffer.from(httpChunk(payload), "latin1");
  let end = bytes.length - 2 - payload.length;
  const ends = events.map(({ length }) => (end += length));
  return { bytes, ends };
}

/** Splits a write into pieces that end when the whole was due. */
function* cut(
  bytes: Buffer,
  ends: readonly number[],
  after: number,
  script: StreamScript,
): Generator<Step> {
  const pieces = script.pieces === 0 ? bytes.length : Math.min(script.pieces, bytes.length);
  let done = 0;
  for (let piece = 0; piece < pieces; piece += 1) {
    const from = Math.floor((piece * bytes.length) / pieces);
    const to = Math.floor(((piece + 1) * bytes.length) / pieces);
    const completed = ends.filter((end) => end <= to).length;
    yield {
      after: Math.max(0, after - (pieces - 1 - piece) * script.pieceGap),
      bytes: pieces === 1 ? bytes : bytes.subarray(from, to),
      completes: completed - done,
    };
    done = completed;
  }
}

function event(fields: object): string {
  const chunk = {
    id: "chatcmpl-scripted",
    object: "chat.completion.chunk",
    created: 0,
    model: "scripted",
    system_fingerprint: "plimsoll-scripted",
    ...fields,
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

/** One chunk of a chunked body; the text is ASCII. */
function httpChunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

const ROLE = event({
  choices: [{ index: 0, delta: { role: "assistant", content: null }, finish_reason: null }],
});

const HEAD = Buffer.from(
  `HTTP/1.1 200 OK\r\nserver: plimsoll-scripted\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${httpChunk(ROLE)}`,
);
