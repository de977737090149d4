import { platform } from "node:os";
import type { OnReadOpts, Socket } from "node:net";
import { toMicros, type Clock } from "../../core/clock.ts";
import { codeOf } from "../../core/own-limits.ts";
import { dial, type Address } from "../dial.ts";
import type { Backlog, Taker } from "./backlog.ts";
import { NotHttp, type ResponseHead } from "./head.ts";
import { ResponseParser, type ResponseSink } from "./response-parser.ts";

/** What happens to one request; `end` or `error` comes last, and once. Times are ms on the clock. */
export interface ResponseHandler {
  head(head: ResponseHead, at: number): void;
  /** Valid during the call only. */
  data(bytes: Buffer, at: number): void;
  /** @returns whether the answer was good: the connection of one that failed is not used again */
  end(at: number): boolean;
  error(error: Error, at: number): void;
  /** TCP and TLS took so many ms, when a connection was made for this request. */
  connected(took: number): void;
  /** The server had closed the kept connection; the request was sent again on a new one. */
  resent(): void;
}

export interface ConnectionSetting {
  readonly address: Address;
  /** ms; 0 for none. */
  readonly connectTimeout: number;
  readonly clock: Clock;
  readonly backlog: Backlog;
  /** The connection is free for another request. */
  readonly onFree: (connection: Connection) => void;
  readonly onGone: (connection: Connection) => void;
  /** A kept connection was found dead: sends the same on another one, which is returned. */
  readonly onStale: (text: string | Buffer, handler: ResponseHandler) => Connection;
}

/**
 * Every socket of a thread reads into it: the kernel's bytes are handed over before anything else
 * is read. Not on Windows, where each socket has a read of its own under way.
 */
const READ = Buffer.allocUnsafeSlow(64 * 1024);
const SHARED = platform() !== "win32";

/** Where the server does not say: uvicorn, and Node before 20, close after 5 s. */
const IDLE = 4000;
/** A server that closes at this very moment has not told us yet. */
const IDLE_MARGIN = 2000;

/** One connection, with one request on it at a time; opened for the first one. */
export class Connection implements Taker {
  readonly #setting: ConnectionSetting;
  readonly #parser: ResponseParser;
  readonly #cancel: () => void;
  readonly #connectTimer: NodeJS.Timeout | undefined;
  #socket: Socket | undefined;
  /** Waits for the connection. */
  #unsent: string | Buffer | undefined;
  /** What was sent on a connection that had been kept, until the first byte of an answer. */
  #repeatable: string | Buffer | undefined;
  /** Has taken over the request of this connection, which was found dead. */
  #successor: Connection | undefined;
  #handler: ResponseHandler | undefined;
  #head: ResponseHead | undefined;
  /** When the present response ended. */
  #ended: number | undefined;
  #gone = false;
  /** Reads in the backlog. */
  #behind = 0;
  #idleUntil = 0;

  constructor(setting: ConnectionSetting) {
    this.#setting = setting;
    const sink: ResponseSink = {
      head: (head, at) => {
        this.#head = head;
        this.#handler?.head(head, at);
      },
      data: (bytes, at) => this.#handler?.data(bytes, at),
      end: (at) => (this.#ended = at),
    };
    this.#parser = new ResponseParser(sink);
    const { address, connectTimeout, clock } = setting;
    const started = clock.now();
    const opened = (error: Error | undefined, socket: Socket | undefined): void => {
      clearTimeout(this.#connectTimer);
      const at = clock.now();
      if (socket === undefined) this.#fail(error ?? new Error("no connection"), at);
      else this.#open(socket, toMicros(at - started));
    };
    this.#cancel = dial(address, opened, SHARED ? this.#reading() : undefined);
    if (connectTimeout > 0) this.#connectTimer = setTimeout(this.#late, connectTimeout);
  }

  /** Whether a request can be sent now; a server may have closed it, or sent what nobody wanted. */
  usable(now: number): boolean {
    return !this.#gone && this.#behind === 0 && now < this.#idleUntil;
  }

  send(text: string | Buffer, handler: ResponseHandler): void {
    this.#handler = handler;
    this.#head = undefined;
    this.#ended = undefined;
    this.#parser.reset();
    if (this.#socket === undefined) this.#unsent = text;
    else {
      this.#repeatable = text;
      this.#socket.write(text);
    }
  }

  /** Gives up what this handler waits for, and the connection with it; it hears no more. */
  abort(handler: ResponseHandler): void {
    if (this.#handler === handler) this.destroy();
    else this.#successor?.abort(handler);
  }

  /** Hands on what has arrived and was not looked at yet. */
  catchUp(): void {
    this.#setting.backlog.catchUp();
  }

  /** Ends the connection; its handler hears no more. */
  destroy(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#handler = undefined;
    this.#parser.stop();
    clearTimeout(this.#connectTimer);
    if (this.#socket === undefined) this.#cancel();
    else this.#socket.destroy();
    this.#setting.onGone(this);
  }

  /** Ends the connection, and says why. */
  breakOff(why: Error): void {
    this.#fail(why, this.#setting.clock.now());
  }

  take(bytes: Buffer, from: number, to: number, at: number): void {
    this.#behind -= 1;
    if (this.#gone) return;
    // Nobody asked for it: whoever asks next on this connection could be given it as an answer.
    if (this.#handler === undefined) {
      this.destroy();
      return;
    }
    this.#repeatable = undefined;
    try {
      const end = this.#parser.push(bytes, from, to, at);
      this.#settle(end === to);
    } catch (error) {
      if (!(error instanceof NotHttp)) throw error;
      this.#fail(error, at);
    }
  }

  #open(socket: Socket, took: number): void {
    this.#socket = socket;
    // Where bytes do not go straight into our buffer.
    socket.on("data", (bytes: Buffer) => {
      this.#read(bytes, bytes.length);
    });
    socket.on("end", this.#end);
    socket.on("close", this.#end);
    socket.on("error", (error) => {
      const at = this.#setting.clock.now();
      this.#setting.backlog.catchUp();
      this.#fail(error, at);
    });
    this.#handler?.connected(took);
    if (this.#unsent !== undefined) socket.write(this.#unsent);
    this.#unsent = undefined;
  }

  #reading(): OnReadOpts {
    const callback = (length: number): boolean => {
      this.#read(READ, length);
      return true;
    };
    return { buffer: READ, callback };
  }

  #read(bytes: Buffer, length: number): void {
    const { backlog, clock } = this.#setting;
    const at = clock.now();
    this.#behind += 1;
    backlog.add(this, bytes, length, at);
  }

  readonly #end = (): void => {
    if (this.#gone) return;
    const at = this.#setting.clock.now();
    this.#setting.backlog.catchUp();
    this.#parser.close(at);
    this.#settle(false);
    const error = new Error("the server closed the connection before its answer had ended");
    this.#fail(Object.assign(error, { code: "ECONNRESET" }), at);
  };

  readonly #late = (): void => {
    const error = new Error(`not connected within ${this.#setting.connectTimeout} ms`);
    this.breakOff(Object.assign(error, { code: "ETIMEDOUT" }));
  };

  /** After the response's end: the connection is free, or of no use any more. */
  #settle(clean: boolean): void {
    const handler = this.#handler;
    const at = this.#ended;
    const head = this.#head;
    if (handler === undefined || at === undefined || head === undefined) return;
    this.#handler = undefined;
    this.#idleUntil = at + idleOf(head);
    // Servers close after a failure of theirs, and not all of them say so (uvicorn after a 500).
    const good = handler.end(at) && head.status < 300;
    if (good && clean && this.#reusable(head, at)) this.#setting.onFree(this);
    else this.destroy();
  }

  #reusable({ keepAlive }: ResponseHead, at: number): boolean {
    // An answer that came before the request was sent off leaves a rest of it to be sent.
    return keepAlive && this.usable(at) && this.#socket?.writableLength === 0;
  }

  #fail(error: Error, at: number): void {
    const handler = this.#handler;
    const text = this.#repeatable;
    this.destroy();
    if (handler === undefined) return;
    if (text === undefined || !isGone(error)) handler.error(error, at);
    else {
      handler.resent();
      this.#successor = this.#setting.onStale(text, handler);
    }
  }
}

function idleOf({ idle }: ResponseHead): number {
  return idle === undefined ? IDLE : idle - IDLE_MARGIN;
}

/** The server ended the connection, as it may at any time while nothing is under way. */
function isGone(error: Error): boolean {
  return ["ECONNRESET", "EPIPE"].includes(codeOf(error));
}
