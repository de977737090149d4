/**
 * One HTTP exchange with the time of everything that happened in it. Times were read when the bytes
 * arrived, before any work on them (http1/backlog.ts).
 */
import type { Clock } from "../core/clock.ts";
import type { FailureKind } from "../core/request-record.ts";
import { DeadlineWatch, type DeadlineLimits, type Progress } from "./deadlines.ts";
import { failureOf, type Failure } from "./failure.ts";
import { headerText } from "./header-text.ts";
import type { ResponseHandler } from "./http1/connection.ts";
import type { ResponseHead, ResponseHeaders } from "./http1/head.ts";
import type { HttpRequest } from "./http1/request-text.ts";
import type { Dispatched, Transport } from "./transport.ts";

/** Takes the bytes of the response's body; see protocol/reader.ts. May throw ExchangeAbort. */
export interface BodyReader extends Progress {
  /** The answer is complete by its own protocol, whether or not the body has ended. */
  readonly isComplete: boolean;
  start(status: number, headers: ResponseHeaders): void;
  /** The bytes are valid during the call only. */
  data(bytes: Buffer, at: number): void;
  /** The body is complete. */
  end(at: number): void;
  /** The answer so far says that the request failed. */
  readonly failed: boolean;
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
  /** The answer was complete, but its body did not end. */
  readonly leftOpen?: true;
  /** The kept connection was dead; what was sent went out once more, on a new one. */
  readonly resent?: true;
  /** Why the exchange broke; absent when the body came to its end. */
  readonly broken?: Failure;
}

export interface ExchangeOptions {
  readonly clock: Clock;
  readonly deadlines: DeadlineLimits;
  /** Aborting interrupts the exchange. */
  readonly signal: AbortSignal;
}

/**
 * How long a complete answer may wait for the end of its body, ms: most servers send it at once, and
 * some never. The least time in which a lost packet is sent again (Linux), and some more.
 */
const LINGER = 250;

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

/** The exchange while it is under way. */
class OpenExchange implements ResponseHandler {
  readonly #reader: BodyReader;
  readonly #options: ExchangeOptions;
  readonly #resolve: (exchange: Exchange) => void;
  readonly #state: Mutable<Exchange>;
  readonly #watch: DeadlineWatch;
  #dispatched: Dispatched | undefined;
  #over = false;
  /** When the answer was complete, and the timer of its body's end. */
  #completeAt = 0;
  #lingering: NodeJS.Timeout | undefined;

  constructor(reader: BodyReader, options: ExchangeOptions, resolve: (exchange: Exchange) => void) {
    this.#reader = reader;
    this.#options = options;
    this.#resolve = resolve;
    this.#state = { sent: options.clock.now(), ended: 0, bytes: 0 };
    this.#watch = new DeadlineWatch(this, options);
  }

  get sent(): number {
    return this.#state.sent;
  }

  get headers(): number | undefined {
    return this.#state.headers;
  }

  send(transport: Transport, request: HttpRequest): void {
    const { signal } = this.#options;
    if (signal.aborted) {
      this.#interrupt();
      return;
    }
    signal.addEventListener("abort", this.#interrupt);
    this.#watch.start();
    try {
      this.#dispatched = transport.dispatch(request, this);
    } catch (error) {
      this.error(error, this.#state.sent);
    }
  }

  connected(took: number): void {
    this.#state.connect = took;
  }

  head({ status, headers }: Pick<ResponseHead, "status" | "headers">, at: number): void {
    if (this.#over) return;
    this.#state.headers = at;
    this.#state.status = status;
    const retryAfter = headerText(headers, "retry-after");
    if (retryAfter !== undefined) this.#state.retryAfter = retryAfter.slice(0, 100);
    const location = headerText(headers, "location");
    if (location !== undefined) this.#state.location = location.slice(0, 200);
    try {
      this.#reader.start(status, headers);
    } catch (thrown) {
      this.#unreadable(thrown);
    }
  }

  data(bytes: Buffer, at: number): void {
    if (this.#over) return;
    this.#state.bytes += bytes.length;
    try {
      this.#reader.data(bytes, at);
      if (this.#reader.isComplete) this.#linger(at);
    } catch (thrown) {
      this.#unreadable(thrown);
    }
  }

  /** Content behind the end is read as well: what looked like the end was that of one of several. */
  #linger(at: number): void {
    if (this.#lingering !== undefined) return;
    this.#completeAt = at;
    this.#lingering = setTimeout(this.#leave, LINGER);
  }

  readonly #leave = (): void => {
    this.#dispatched?.catchUp();
    if (this.#over) return;
    this.#lingering = undefined;
    const { lastContent = 0 } = this.#reader;
    if (lastContent > this.#completeAt) this.#linger(lastContent);
    else this.#leaveNow();
  };

  #leaveNow(): void {
    this.#state.leftOpen = true;
    this.#settle(this.#completeAt);
    this.#dispatched?.abort(this);
  }

  resent(): void {
    this.#state.resent = true;
  }

  end(at: number): boolean {
    if (this.#over) return false;
    try {
      this.#reader.end(at);
    } catch (thrown) {
      this.#unreadable(thrown);
    }
    this.#settle(at);
    return this.#state.broken === undefined && !this.#reader.failed;
  }

  error(error: unknown, at: number): void {
    if (this.#over) return;
    const broken = failureOf(error, this.#state.headers !== undefined);
    // What is not HTTP is a failure, also behind a complete answer.
    if (this.#reader.isComplete && broken.failure === "truncated") this.#state.leftOpen = true;
    else this.#state.broken = broken;
    this.#settle(at);
  }

  /** When content came; what has arrived is looked at first. */
  progress(): Progress {
    this.#dispatched?.catchUp();
    return this.#reader;
  }

  abort(why: Failure): void {
    if (this.#over) return;
    this.#state.broken = why;
    this.#settle(this.#options.clock.now());
    this.#dispatched?.abort(this);
  }

  readonly #interrupt = (): void => {
    this.#dispatched?.catchUp();
    if (!this.#over && this.#reader.isComplete) {
      this.#leaveNow();
      return;
    }
    this.abort({ failure: "interrupted", message: "cut off at the end of the run" });
  };

  #unreadable(thrown: unknown): void {
    if (thrown instanceof ExchangeAbort) {
      this.abort({ failure: thrown.failure, message: thrown.message });
    } else {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      this.abort({ failure: "protocol_error", message });
    }
  }

  #settle(at: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#state.ended = at;
    clearTimeout(this.#lingering);
    this.#watch.stop();
    this.#options.signal.removeEventListener("abort", this.#interrupt);
    this.#resolve(this.#state);
  }
}
