/**
 * HTTP/1.1 to one server, on sockets of our own (http1/): an exchange has to cost little more than
 * the bytes cost to read, and undici costs four times that. Nothing is queued: connections are not
 * capped, nothing is pipelined, and there are no timeouts but those of connecting; every request has
 * explicit deadlines (protocol/deadlines.ts). A kept connection that turns out to be dead before the
 * first byte of an answer is the one thing that is tried again: the same request, once, on a new one.
 */
import type { Clock } from "../core/clock.ts";
import { addressOf, type ConnectionOptions } from "./address.ts";
import { Backlog } from "./http1/backlog.ts";
import { Connection, type ConnectionSetting, type ResponseHandler } from "./http1/connection.ts";
import { RequestWriter, type HttpRequest } from "./http1/request-text.ts";

/** How connections are used: `fresh` for servers that close each stream's connection anyway. */
export type ConnectionMode = "fresh" | "keep-alive";

export interface TransportOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly mode: ConnectionMode;
  readonly connection?: ConnectionOptions | undefined;
  /** ms; 0 for none. */
  readonly connectTimeout: number;
  readonly clock: Clock;
}

export interface Transport {
  /**
   * Sends the request now; the handler is called from then on, never before this has returned.
   *
   * @throws Error for a path or a header that cannot be sent
   */
  dispatch(request: HttpRequest, handler: ResponseHandler): Dispatched;
  close(): Promise<void>;
}

export type Dispatched = Pick<Connection, "abort" | "catchUp">;

export function openTransport(options: TransportOptions): Transport {
  const { origin, mode, connection, connectTimeout, clock } = options;
  const { host } = new URL(origin);
  const writer = new RequestWriter(host, mode === "fresh" ? "close" : "keep-alive");
  const backlog = new Backlog();
  const all = new Set<Connection>();
  // The one that was free last is taken first: its server is the least likely to have closed it.
  const free: Connection[] = [];
  const setting: ConnectionSetting = {
    address: addressOf(origin, connection),
    connectTimeout,
    clock,
    backlog,
    onFree: (one) => {
      if (mode === "fresh") one.destroy();
      else free.push(one);
    },
    onGone: (one) => all.delete(one),
    onStale: (text, handler) => {
      const fresh = open();
      fresh.send(text, handler);
      return fresh;
    },
  };
  const open = (): Connection => {
    const one = new Connection(setting);
    all.add(one);
    return one;
  };
  return {
    dispatch(request, handler) {
      const text = writer.text(request);
      const taken = takeUsable(free, clock.now()) ?? open();
      taken.send(text, handler);
      return taken;
    },
    close() {
      for (const one of all) one.breakOff(new Error("the client was closed"));
      return Promise.resolve();
    },
  };
}

function takeUsable(free: Connection[], now: number): Connection | undefined {
  for (let one = free.pop(); one !== undefined; one = free.pop()) {
    if (one.usable(now)) return one;
    one.destroy();
  }
  return undefined;
}
