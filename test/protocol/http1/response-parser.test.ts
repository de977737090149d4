import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readByNode } from "../../support/servers/node-http.ts";
import { readByUs } from "../../support/servers/read-response.ts";

const head = (...lines: readonly string[]): string => `${lines.join("\r\n")}\r\n\r\n`;
const CHUNKED = head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked");
const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");

/** What, the bytes, whether the connection ends behind them, the body. */
const complete: readonly (readonly [string, string, boolean, string])[] = [
  ["a length", head("HTTP/1.1 200 OK", "Content-Length: 5") + "hello", false, "hello"],
  ["a length of 0", head("HTTP/1.1 200 OK", "Content-Length: 0"), false, ""],
  ["chunks", `${CHUNKED}5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`, false, "hello world"],
  [
    "chunk sizes in both cases, with zeros before",
    `${CHUNKED}00a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n`,
    false,
    "01234567890123456789",
  ],
  ["chunk extensions", `${CHUNKED}5;a=b;c="d e"\r\nhello\r\n0;last\r\n\r\n`, false, "hello"],
  ["trailers", `${CHUNKED}5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Other:\r\n\r\n`, false, "hello"],
  ["a body until the end", `${head("HTTP/1.1 200 OK")}hello\r\n\r\n`, true, "hello\r\n\r\n"],
  ["HTTP/1.0", `${head("HTTP/1.0 200 OK")}hello`, true, "hello"],
  ["no reason", head("HTTP/1.1 200", "Content-Length: 1") + "x", false, "x"],
  ["an empty reason", head("HTTP/1.1 200 ", "Content-Length: 1") + "x", false, "x"],
  ["status 204, whatever its length", head("HTTP/1.1 204 No", "Content-Length: 5"), false, ""],
  ["status 304, without a length", head("HTTP/1.1 304 Not"), false, ""],
  [
    "informational responses first",
    head("HTTP/1.1 100 Continue") +
      head("HTTP/1.1 103 Hints", "Link: </x>") +
      head("HTTP/1.1 200 OK", "Content-Length: 2") +
      "ok",
    false,
    "ok",
  ],
  ["spaces around a value", head("HTTP/1.1 200 OK", "Content-Length:   2 ") + "ok", false, "ok"],
];

/** What, and the bytes. */
const refused: readonly (readonly [string, string])[] = [
  ["another protocol", "SSH-2.0-OpenSSH\r\n"],
  ["HTTP/0.9", "hello"],
  ["HTTP/2.0", head("HTTP/2.0 200 OK", "Content-Length: 0")],
  ["a status of two digits", head("HTTP/1.1 20 OK", "Content-Length: 0")],
  ["a status of four digits", head("HTTP/1.1 2000 OK", "Content-Length: 0")],
  ["a status of zeros", head("HTTP/1.1 000 OK", "Content-Length: 0")],
  ["two spaces before the status", head("HTTP/1.1  200 OK", "Content-Length: 0")],
  [
    "both a length and chunks",
    head("HTTP/1.1 200 OK", "Content-Length: 5", "Transfer-Encoding: chunked"),
  ],
  ["two lengths", head("HTTP/1.1 200 OK", "Content-Length: 5", "Content-Length: 6")],
  ["the same length twice", head("HTTP/1.1 200 OK", "Content-Length: 5", "Content-Length: 5")],
  ["a list of lengths", head("HTTP/1.1 200 OK", "Content-Length: 5, 5")],
  ["a negative length", head("HTTP/1.1 200 OK", "Content-Length: -5")],
  ["a length with a sign", head("HTTP/1.1 200 OK", "Content-Length: +5")],
  ["a length in hexadecimal", head("HTTP/1.1 200 OK", "Content-Length: 0x5")],
  ["an empty length", head("HTTP/1.1 200 OK", "Content-Length:")],
  ["a length beyond all numbers", head("HTTP/1.1 200 OK", `Content-Length: ${"9".repeat(20)}`)],
  ["another transfer coding", head("HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked")],
  [
    "chunked twice",
    head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
  ],
  ["a coding that is only like chunked", head("HTTP/1.1 200 OK", "Transfer-Encoding: xchunked")],
  ["an upgrade", head("HTTP/1.1 101 Switching", "Upgrade: x", "Connection: upgrade")],
  ["lines that end in LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"],
  ["a CR within a line", "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n"],
  ["a folded header", head("HTTP/1.1 200 OK", "X: a", " b")],
  ["a space before the colon", head("HTTP/1.1 200 OK", "Content-Length : 5")],
  ["a header without a name", head("HTTP/1.1 200 OK", ": x")],
  ["a header without a colon", head("HTTP/1.1 200 OK", "nothing")],
  ["a NUL in a value", head("HTTP/1.1 200 OK", "X: a\0b")],
  ["no chunk size", `${CHUNKED}\r\n`],
  ["a chunk size that is none", `${CHUNKED}xyz\r\n`],
  ["a chunk size with a sign", `${CHUNKED}-5\r\n`],
  ["a chunk size with 0x", `${CHUNKED}0x5\r\nhello\r\n`],
  ["a space before a chunk size", `${CHUNKED} 5\r\nhello\r\n`],
  ["a space behind a chunk size", `${CHUNKED}5 \r\nhello\r\n`],
  ["a chunk size beyond all numbers", `${CHUNKED}${"f".repeat(17)}\r\n`],
  ["a chunk size with LF", `${CHUNKED}5\nhello\r\n`],
  ["a chunk extension with LF", `${CHUNKED}5;a\nhello\r\n`],
  ["a chunk extension without end", `${CHUNKED}5;${"a".repeat(5000)}`],
  ["a chunk longer than its size", `${CHUNKED}5\r\nhello!\r\n`],
  ["a chunk that ends in LF", `${CHUNKED}5\r\nhello\n`],
  ["a trailer that is none", `${CHUNKED}0\r\nnothing\r\n\r\n`],
  ["a trailer that ends in LF", `${CHUNKED}0\r\nA: b\n\r\n`],
  ["trailers without end", `${CHUNKED}0\r\n${"A: b\r\n".repeat(20_000)}`],
  ["headers without end", `HTTP/1.1 200 OK\r\n${"A: b\r\n".repeat(20_000)}`],
];

/** All cuts into two, and into single bytes. */
function everyCut(length: number): number[][] {
  const places = Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1);
  return [places, ...places.map((at) => [at])];
}

describe("a response", () => {
  it.each(complete)(
    "with %s is read, wherever the network cuts it",
    (_what, text, closes, body) => {
      const bytes = bytesOf(text);
      const whole = readByUs(bytes, closes);
      expect(whole).toMatchObject({
        body,
        complete: true,
        refused: undefined,
        length: bytes.length,
      });
      for (const cuts of everyCut(bytes.length)) {
        expect(readByUs(bytes, closes, cuts)).toEqual(whole);
      }
    },
  );

  it.each(complete)("with %s is incomplete without its last byte", (_what, text, closes) => {
    const bytes = bytesOf(text).subarray(0, -1);
    if (closes && !text.endsWith("\r\n\r\n")) return; // its end is the connection's
    expect(readByUs(bytes, false)).toMatchObject({ complete: false, refused: undefined });
  });

  it.each(refused)("with %s is refused, wherever the network cuts it", (_what, text) => {
    const bytes = bytesOf(text);
    const whole = readByUs(bytes, true);
    expect(whole.refused).toBeTypeOf("string");
    expect(whole.complete).toBe(false);
    const cuts = bytes.length > 2000 ? [[1000], [2000]] : everyCut(bytes.length);
    for (const cut of cuts) expect(readByUs(bytes, true, cut).refused).toBe(whole.refused);
  });

  it("ends where it ends: what is behind it is not taken", () => {
    const text = head("HTTP/1.1 200 OK", "Content-Length: 2") + "ok";
    const { length, body } = readByUs(bytesOf(`${text}HTTP/1.1 200 OK\r\n\r\n`), false);
    expect({ length, body }).toEqual({ length: text.length, body: "ok" });
  });

  it("keeps every value of a header that came twice, and names that objects have anyway", () => {
    const text = head("HTTP/1.1 200 OK", "A: 1", "a: 2", "Constructor: x", "Content-Length: 0");
    expect(readByUs(bytesOf(text), false).headers).toMatchObject({
      a: ["1", "2"],
      constructor: "x",
    });
  });
});

const piece = fc.constantFrom(
  ...["HTTP/1.1 200 OK", "HTTP/1.0 200 OK", "HTTP/1.1 204 No", "HTTP/1.1 100 Go", "\r\n", "\r\n"],
  ...["\r\n\r\n", "\n", "\r", "Content-Length: 5", "Content-Length: 0", "content-length:3"],
  ...["Transfer-Encoding: chunked", "Transfer-Encoding: identity", "Connection: close", "X: y"],
  ...[" ", ":", ";", "0", "5", "a", "hello", "0\r\n\r\n", "5\r\nhello\r\n", "A: b", "\0", "\xff"],
);
const soup = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""));
const good = fc.constantFrom(...complete.map(([, text]) => text));
const damaged = fc
  .tuple(good, fc.nat(200), fc.constantFrom("", " ", "\r", "\n", "\r\n", "0", "f", ":", "\0", "x"))
  .map(([text, place, added]) => {
    const at = place % text.length;
    return text.slice(0, at) + added + text.slice(at + (place % 2));
  });
const anything = fc.oneof(
  damaged,
  soup.map((text) => `HTTP/1.1 200 OK\r\n${text}`),
  soup,
);

describe("any bytes as a response", () => {
  it("are read the same wherever the network cuts them", () => {
    fc.assert(
      fc.property(anything, fc.boolean(), fc.array(fc.nat(300)), (text, closes, places) => {
        const bytes = bytesOf(text);
        const cuts = places.filter((at) => at < bytes.length).sort((a, b) => a - b);
        expect(readByUs(bytes, closes, cuts)).toEqual(readByUs(bytes, closes));
      }),
      { numRuns: 5000 },
    );
  });

  it("that we take as complete are complete, and the same, to Node's parser", async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(good, anything), fc.boolean(), async (text, closes) => {
        const bytes = bytesOf(text);
        const ours = readByUs(bytes, closes);
        // Within a chunk's extension we are less strict: only its end matters to anybody.
        if (!ours.complete || text.includes(";")) return;
        taken += 1;
        const { status, body } = ours;
        const nodes = await readByNode(bytes.subarray(0, ours.length), closes);
        expect(nodes).toEqual({ status, body, complete: true });
      }),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(500);
  });

  it("that Node's parser takes as complete are so to us, unless they are of a kind that we refuse", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(good, anything), fc.boolean(), async (text, closes) => {
        const bytes = bytesOf(text);
        const nodes = await readByNode(bytes, closes);
        const ours = readByUs(bytes, closes);
        if (!nodes.complete || ours.complete) return;
        expect(ours.refused).toMatch(STRICTER);
      }),
      { numRuns: 3000 },
    );
  });
});

/** What we refuse and Node does not; each of them is a sign of something that is not as it should. */
const STRICTER =
  /transfer-encoding that was not asked for|not a status line|not HTTP\/1.1|headers does not end in CR LF/;
