import { platform } from "node:os";
import type { OnReadOpts, Socket } from "node:net";
import { toMicros, type Clock } from "../../core/clock.ts";
import { dial, type Address } from "../dial.ts";
import type { Backlog, Taker } from "./backlog.ts";
import { NotHttp, type ResponseHead } from "./head.ts";
import { ResponseParser, type ResponseSink } from "./response-parser.ts";

/** What happens to one request; `end` or `error` comes last, and once. Times are ms on the clock. */
export interface ResponseHandler {
  head(head: ResponseHead, at: number): void;
  /** Valid during the call only. */
  data(bytes: Buffer, at: number): void;
  end(at: number): void;
  error(error: Error, at: number): void;
  /** TCP and TLS took so many ms, when a connection was made for this request. */
  connected(took: number): void;
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
}

/**
 * Every socket of a thread reads into it: the kernel's bytes are handed over before anything else
 * is read. Not on Windows, where each socket has a read of its own under way.
 */
const READ = Buffer.allocUnsafeSlow(64 * 1024);
const SHARED = platform() !== "win32";

/** Without a word from the server. */
const IDLE = 60_000;
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
    else this.#socket.write(text);
  }

  /** Gives up what this handler waits for, and the connection with it; it hears no more. */
  abort(handler: ResponseHandler): void {
    if (this.#handler === handler) this.destroy();
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
    // An answer that came before the request was sent off leaves a rest of it to be sent.
    const sent = this.#socket?.writableLength === 0;
    if (clean && sent && head.keepAlive && this.usable(at)) this.#setting.onFree(this);
    else this.destroy();
    handler.end(at);
  }

  #fail(error: Error, at: number): void {
    const handler = this.#handler;
    this.destroy();
    handler?.error(error, at);
  }
}

function idleOf({ idle }: ResponseHead): number {
  return idle === undefined ? IDLE : idle - IDLE_MARGIN;
}
