/**
 * One HTTP exchange with the time of everything that happened in it. Time is read first thing in
 * each callback, before any work on the bytes, and the bytes are only kept: the reader parses them
 * when the stream is over, when enough have come together, or when a deadline needs to know.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Clock } from "../core/clock.ts";
import type { FailureKind } from "../core/records.ts";
import { watchDeadlines, type DeadlineLimits } from "./deadlines.ts";
import { failureOf, type Failure } from "./failure.ts";
import { headerText } from "./header-text.ts";
import type { HttpRequest, ResponseController, ResponseHandler, Transport } from "./transport.ts";

/** Takes the bytes of the response's body; see protocol/reader.ts. May throw ExchangeAbort. */
export interface BodyReader {
  start(status: number, headers: IncomingHttpHeaders): void;
  data(chunk: Buffer, at: number): void;
  /** Parses what is pending; then says when content came, if any has. */
  progress(): { readonly firstContent?: number; readonly lastContent?: number };
  /** The body is complete. */
  end(at: number): void;
}

/** Times are ms since the run's origin; `connect` is a duration. */
export interface Exchange {
  readonly sent: number;
  readonly connect?: number;
  readonly headers?: number;
  readonly ended: number;
  readonly status?: number;
  readonly retryAfter?: string;
  /** Where a redirect, which is not followed, points. */
  readonly location?: string;
  readonly bytes: number;
  /** Why the exchange broke; absent when the body came to its end. */
  readonly broken?: Failure;
}

export interface ExchangeOptions {
  readonly clock: Clock;
  readonly deadlines: DeadlineLimits;
  /** Aborting interrupts the exchange. */
  readonly signal: AbortSignal;
}

/** Thrown by readers to end a response that is not worth reading on, with its kind. */
export class ExchangeAbort extends Error {
  readonly failure: FailureKind;
  constructor(failure: FailureKind, message: string) {
    super(message);
    this.failure = failure;
  }
}

/** Sends the request now and resolves when it is over; never rejects. */
export function exchange(
  transport: Transport,
  request: HttpRequest,
  reader: BodyReader,
  options: ExchangeOptions,
): Promise<Exchange> {
  return new Promise((resolve) => {
    new OpenExchange(reader, options, resolve).send(transport, request);
  });
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** undici's handler while the exchange is under way. */
class OpenExchange implements ResponseHandler {
  readonly #reader: BodyReader;
  readonly #options: ExchangeOptions;
  readonly #resolve: (exchange: Exchange) => void;
  readonly #state: Mutable<Exchange>;
  #controller: ResponseController | undefined;
  #stopWatching: () => void = () => undefined;
  #over = false;

  constructor(reader: BodyReader, options: ExchangeOptions, resolve: (exchange: Exchange) => void) {
    this.#reader = reader;
    this.#options = options;
    this.#resolve = resolve;
    this.#state = { sent: options.clock.now(), ended: 0, bytes: 0 };
  }

  send(transport: Transport, request: HttpRequest): void {
    const { clock, deadlines, signal } = this.#options;
    if (signal.aborted) {
      this.#interrupt();
      return;
    }
    signal.addEventListener("abort", this.#interrupt);
    this.#stopWatching = watchDeadlines({
      clock,
      limits: deadlines,
      state: this.#state,
      reader: { progress: () => this.#progress() },
      abort: (failure, message) => {
        this.#abort({ failure, message });
      },
    });
    transport.dispatch(request, this, (took) => {
      this.#state.connect = took;
    });
  }

  onRequestStart(controller: ResponseController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error("the exchange is already over"));
  }

  onResponseStart(
    _controller: ResponseController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    const at = this.#options.clock.now();
    if (status < 200) return; // informational; the response is still to come
    this.#state.headers = at;
    this.#state.status = status;
    const retryAfter = headerText(headers, "retry-after");
    if (retryAfter !== undefined) this.#state.retryAfter = retryAfter.slice(0, 100);
    const location = headerText(headers, "location");
    if (location !== undefined) this.#state.location = location.slice(0, 200);
    this.#guard(() => {
      this.#reader.start(status, headers);
    });
  }

  onResponseData(_controller: ResponseController, chunk: Buffer): void {
    const at = this.#options.clock.now();
    if (this.#over) return;
    this.#state.bytes += chunk.length;
    this.#guard(() => {
      this.#reader.data(chunk, at);
    });
  }

  onResponseEnd(): void {
    const at = this.#options.clock.now();
    if (this.#over) return;
    this.#guard(() => {
      this.#reader.end(at);
    });
    this.#settle(at);
  }

  onResponseError(_controller: ResponseController, error: Error): void {
    const at = this.#options.clock.now();
    // What came before is read first: a stream that is malformed and then cut is malformed,
    // whenever its bytes happened to be parsed. A reader that aborts settles the exchange.
    this.#progress();
    if (this.#over) return;
    this.#state.broken ??= failureOf(error, this.#state.headers !== undefined);
    this.#settle(at);
  }

  readonly #interrupt = (): void => {
    this.#abort({ failure: "interrupted", message: "cut off at the end of the run" });
  };

  #abort(why: Failure): void {
    if (this.#over) return;
    this.#state.broken ??= why;
    this.#settle(this.#options.clock.now());
    this.#controller?.abort(new ExchangeAbort(why.failure, why.message));
  }

  /** What is read to learn whether content came may be broken as well. */
  #progress(): ReturnType<BodyReader["progress"]> {
    let progress = {};
    this.#guard(() => {
      progress = this.#reader.progress();
    });
    return progress;
  }

  #guard(read: () => void): void {
    try {
      read();
    } catch (thrown) {
      if (thrown instanceof ExchangeAbort) this.#abort(thrown);
      else {
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        this.#abort({ failure: "protocol_error", message });
      }
    }
  }

  #settle(at: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#state.ended = at;
    this.#stopWatching();
    this.#options.signal.removeEventListener("abort", this.#interrupt);
    this.#resolve(this.#state);
  }
}
