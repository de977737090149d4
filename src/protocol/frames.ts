/** How events are told apart in a body: by the server's content type, else as the adapter says. */
import { StringDecoder } from "node:string_decoder";
import { LineSplitter } from "./lines.ts";
import { SseParser, type SseSink } from "./sse.ts";

/**
 * `sse`: server-sent events. `ndjson`: one JSON text a line. `text`: plain text, where each network
 * read is an event. `whole`: the body is one JSON text.
 */
export type Framing = "sse" | "ndjson" | "text" | "whole";

export interface FrameParser {
  /** @throws MalformedAnswer */
  push(chunk: Buffer, at: number): void;
  /** The body has ended. */
  end(at: number): void;
}

/** The framing of a response whose body is not an error's. */
export function framingOf(contentType: string, expected: Framing): Framing {
  if (expected === "text" || expected === "whole") return expected;
  if (contentType.includes("text/event-stream")) return "sse";
  if (/ndjson|jsonl|json-seq/.test(contentType)) return "ndjson";
  // A line of NDJSON is a JSON body as well.
  if (contentType.includes("application/json")) return expected === "ndjson" ? "ndjson" : "whole";
  return expected;
}

export function frameParser(framing: Exclude<Framing, "whole">, emit: SseSink): FrameParser {
  if (framing === "sse") return new SseParser(emit);
  return framing === "ndjson" ? ndjsonParser(emit) : textParser(emit);
}

/** Blank lines are nothing; every other line is an event without a name. */
function ndjsonParser(emit: SseSink): FrameParser {
  return new LineSplitter({
    line(bytes, from, to, at) {
      const data = bytes.toString("utf8", from, to);
      if (data.trim() !== "") emit({ name: undefined, data }, at);
    },
  });
}

function textParser(emit: SseSink): FrameParser {
  const decoder = new StringDecoder("utf8");
  const send = (data: string, at: number): void => {
    if (data !== "") emit({ name: undefined, data }, at);
  };
  return {
    push: (chunk, at) => {
      send(decoder.write(chunk), at);
    },
    end: (at) => {
      send(decoder.end(), at);
    },
  };
}
