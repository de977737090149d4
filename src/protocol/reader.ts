/** From body bytes to timed content. */
import type { Content, Interpreter } from "./adapter.ts";
import { ByteStore } from "./byte-store.ts";
import type { BodyReader } from "./exchange.ts";
import { frameParser, framingOf, type FrameParser } from "./frames.ts";
import { headerText } from "./header-text.ts";
import type { ResponseHeaders } from "./http1/head.ts";
import { MalformedAnswer } from "./json.ts";

/** Of an error response we keep enough to quote; a whole JSON answer may be longer. */
const MAX_ERROR_BODY = 64 * 1024;
const MAX_WHOLE_BODY = 16 * 1024 * 1024;

/** Of what turns out to be no answer. */
const MAX_BEGINNING = 2048;

/** Answers without end are cut here, before they fill the memory. */
export const MAX_CONTENT_EVENTS = 2 ** 20;
const MAX_TEXT = 16 * 1024 * 1024;

/** Text grows as a rope of its pieces, which takes many times its length until it is read. */
const FLATTEN_EVERY = 4096;

export class ContentReader implements BodyReader {
  /** Arrival time of each content event, ms since the run's origin. */
  readonly contentAt: number[] = [];
  /** Tokens that each content event brought; undefined where the protocol does not tell. */
  contentTokens: number[] | undefined = [];
  firstAnswer: number | undefined;
  /** The body of an error response. */
  errorBody = "";
  /** What the body says it is, and how it begins, as long as nothing in it was an event. */
  contentType = "";
  #beginning = "";
  readonly #interpreter: Interpreter;
  #parser: FrameParser | undefined;
  #kind: "whole" | "error" = "error";
  #tokens = 0;
  readonly #body = new ByteStore("the body", MAX_WHOLE_BODY);

  constructor(interpreter: Interpreter) {
    this.#interpreter = interpreter;
  }

  start(status: number, headers: ResponseHeaders): void {
    if (status < 200 || status >= 300) return;
    const encoding = headerText(headers, "content-encoding") ?? "identity";
    if (encoding !== "identity") {
      throw new MalformedAnswer(`compressed (${encoding}), which was not asked for`);
    }
    const type = headerText(headers, "content-type")?.toLowerCase() ?? "";
    this.contentType = type;
    const framing = framingOf(type, this.#interpreter.framing ?? "sse");
    if (framing === "whole") {
      this.#kind = "whole";
      return;
    }
    this.#parser = frameParser(framing, (event, at) => {
      this.#content(this.#interpreter.event(event), at);
    });
  }

  data(bytes: Buffer, at: number): void {
    if (this.#parser === undefined) this.#collect(bytes);
    else {
      if (this.contentAt.length === 0) this.#keepBeginning(bytes);
      this.#parser.push(bytes, at);
    }
  }

  get isComplete(): boolean {
    const { done, error } = this.#interpreter.answer;
    return done || error !== undefined;
  }

  get firstContent(): number | undefined {
    return this.contentAt[0];
  }

  get lastContent(): number | undefined {
    return this.contentAt.at(-1);
  }

  get failed(): boolean {
    return this.#interpreter.answer.error !== undefined;
  }

  end(at: number): void {
    if (this.#parser !== undefined) {
      this.#parser.end(at);
      this.#interpreter.end?.();
      return;
    }
    const body = this.#body.take().toString("utf8");
    if (this.#kind === "error") this.errorBody = body;
    else {
      this.#keepBeginning(Buffer.from(body.slice(0, MAX_BEGINNING)));
      this.#wholeContent(this.#interpreter.whole(body), at);
    }
  }

  #keepBeginning(bytes: Buffer): void {
    const room = MAX_BEGINNING - this.#beginning.length;
    if (room > 0) this.#beginning += bytes.toString("latin1", 0, room);
  }

  /** Reads may have cut its characters. */
  get beginning(): string {
    return Buffer.from(this.#beginning, "latin1").toString("utf8");
  }

  #content(content: Content | undefined, at: number): void {
    if (content === undefined) return;
    this.contentAt.push(at);
    if (content === "answer") this.firstAnswer ??= at;
    this.#countTokens(content);
    this.#bound();
  }

  #countTokens(content: Content): void {
    const tokens = content === "result" ? 0 : this.#interpreter.answer.tokens;
    // Content and not a token yet: nobody counts.
    if (tokens === undefined || (tokens === 0 && content !== "result"))
      this.contentTokens = undefined;
    else this.contentTokens?.push(Math.max(0, tokens - this.#tokens));
    this.#tokens = tokens ?? 0;
  }

  /** An answer in one piece says nothing about when its tokens came. */
  #wholeContent(content: Content | undefined, at: number): void {
    this.#content(content, at);
    if (content !== "result") this.contentTokens = undefined;
  }

  #bound(): void {
    const { text, reasoning } = this.#interpreter.answer;
    if (this.contentAt.length > MAX_CONTENT_EVENTS) {
      throw new MalformedAnswer(`more than ${MAX_CONTENT_EVENTS} events with content`);
    }
    if (text.length + reasoning.length > MAX_TEXT) {
      throw new MalformedAnswer(`more than ${MAX_TEXT} characters of text`);
    }
    if (this.contentAt.length % FLATTEN_EVERY !== 0) return;
    // Reading a character makes one string of the pieces.
    text.charCodeAt(0);
    reasoning.charCodeAt(0);
  }

  #collect(chunk: Buffer): void {
    if (this.#kind === "whole" || this.#body.length + chunk.length <= MAX_ERROR_BODY) {
      this.#body.append(chunk);
    }
  }
}
