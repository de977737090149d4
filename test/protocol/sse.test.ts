import { readFileSync, readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedAnswer } from "../../src/protocol/json.ts";
import { MAX_LINE_BYTES } from "../../src/protocol/lines.ts";
import { SseParser, type SseEvent } from "../../src/protocol/sse.ts";

function parse(chunks: readonly Buffer[]): SseEvent[] {
  const events: SseEvent[] = [];
  const parser = new SseParser((event) => events.push(event));
  for (const chunk of chunks) parser.push(chunk, 0);
  parser.end(0);
  return events;
}

const dataOf = (text: string): string[] => parse([Buffer.from(text)]).map(({ data }) => data);

/** Cuts the bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const borders = [0, ...[...places].sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((end, i) => bytes.subarray(borders[i], end));
}

describe("the event stream parser", () => {
  it("accepts LF, CRLF and CR as line ends", () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      expect(dataOf(`data: a${end}${end}data: b${end}${end}`)).toEqual(["a", "b"]);
    }
  });

  it("strips at most one space after the colon", () => {
    expect(dataOf("data:x\n\ndata: x\n\ndata:  x\n\n")).toEqual(["x", "x", " x"]);
  });

  it("ignores comments, which are pings", () => {
    expect(dataOf(": ping\n\n:\n\ndata: a\n\n")).toEqual(["a"]);
  });

  it("joins several data lines of one event and keeps its name", () => {
    expect(parse([Buffer.from("event: delta\ndata: a\ndata: b\n\n")])).toEqual([
      { name: "delta", data: "a\nb" },
    ]);
  });

  it("dispatches a last event that lacks its blank line", () => {
    expect(dataOf("data: a\n\ndata: b")).toEqual(["a", "b"]);
  });

  it("reads the error field of old llama.cpp builds", () => {
    expect(dataOf('error: {"code":500}\n\n')).toEqual(['{"error":{"code":500}}']);
  });

  it("gives an event the time of the bytes that completed it", () => {
    const times: number[] = [];
    const parser = new SseParser((_event, at) => times.push(at));
    parser.push(Buffer.from("data: a\n\ndata: "), 1);
    parser.push(Buffer.from("b\n"), 2);
    parser.push(Buffer.from("\n"), 3);
    expect(times).toEqual([1, 3]);
  });

  it("refuses a line without end before it fills the memory", () => {
    const parser = new SseParser(() => undefined);
    const block = Buffer.alloc(1024 * 1024, "x");
    expect(() => {
      for (let sent = 0; sent <= MAX_LINE_BYTES; sent += block.length) parser.push(block, 0);
    }).toThrow(MalformedAnswer);
  });

  it("refuses an event without end before it fills the memory", () => {
    const parser = new SseParser(() => undefined);
    const block = Buffer.from(`data: ${"x".repeat(1024 * 1024)}\n`);
    expect(() => {
      for (let sent = 0; sent <= MAX_LINE_BYTES; sent += block.length) parser.push(block, 0);
    }).toThrow(MalformedAnswer);
  });

  it("puts a long line together from single bytes in no more time than bytes", () => {
    const events: SseEvent[] = [];
    const parser = new SseParser((event) => events.push(event));
    const byte = Buffer.from("x");
    parser.push(Buffer.from("data: "), 0);
    for (let sent = 0; sent < 1_000_000; sent += 1) parser.push(byte, 0);
    parser.push(Buffer.from("\n\n"), 0);
    expect(events[0]?.data).toHaveLength(1_000_000);
  });

  it("finds the same events in every capture of a real server, wherever the network cuts", () => {
    const folder = new URL("../fixtures/llama-server/", import.meta.url);
    for (const file of readdirSync(folder).filter((name) => name.includes("stream"))) {
      const bytes = readFileSync(new URL(file, folder));
      const whole = parse([bytes]);
      for (let at = 1; at < bytes.length; at += 1) {
        expect(parse(cut(bytes, [at])), `${file} cut at ${at}`).toEqual(whole);
      }
    }
  });

  it("finds the same events for every split of any bytes", () => {
    const piece = fc.oneof(
      fc.constantFrom("data:", "data: ", "event: x", ":", "\n", "\r", "\r\n", "\n\n", "é🙂"),
      fc.string({ maxLength: 6 }),
    );
    const stream = fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.from(pieces.join("")));
    fc.assert(
      fc.property(stream, fc.array(fc.nat(200), { maxLength: 8 }), (bytes, places) => {
        const inside = places.filter((place) => place <= bytes.length);
        expect(parse(cut(bytes, inside))).toEqual(parse([bytes]));
      }),
      { numRuns: 2000 },
    );
  });

  it("survives any bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (chunks) => {
        parse(chunks.map((chunk) => Buffer.from(chunk)));
      }),
      { numRuns: 2000 },
    );
  });
});
