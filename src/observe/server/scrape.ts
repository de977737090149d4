/** Fetches one page from a server, outside the traffic: a connection of its own, and a deadline. */
import { request as sendRequest, type IncomingMessage, type RequestOptions } from "node:http";
import type { Clock } from "../../core/clock.ts";

/** Where a server is and what it wants to see; plain data, so that it can cross to a thread. */
export interface ServerAddress {
  /** Without credentials and trailing slash. */
  readonly baseUrl: string;
  /** Secret: never recorded. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Opens a connection to the server as the traffic does: TLS, proxy, unix socket. */
export type Connect = NonNullable<RequestOptions["createConnection"]>;

export interface Scraped {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** When the first byte of the answer was there, ms. */
  readonly at: number;
}

/** @throws Error whose message says whether nobody is there or somebody is busy */
export type Scrape = (url: string) => Promise<Scraped>;

/** A page longer than this is none, bytes. */
const LONGEST_PAGE = 2 ** 24;

/**
 * @param timeout of the whole exchange, ms
 * @param connect plain TCP unless said otherwise
 */
export function scraper(
  address: Pick<ServerAddress, "headers"> & Partial<ServerAddress>,
  clock: Clock,
  timeout: number,
  connect?: (url: URL) => Connect,
): Scrape {
  return (url) =>
    new Promise((resolve, reject) => {
      const { host, hostname, port, pathname, search } = new URL(url);
      // llama-server gives a kept connection a thread of its own: better none than an idle one.
      const options: RequestOptions = {
        ...{ host: hostname.replace(/^\[|\]$/g, ""), port, path: `${pathname}${search}` },
        headers: { host, accept: "*/*", ...address.headers },
        // Not both: where there is an agent, Node does not look at the other.
        ...(connect ? { createConnection: connect(new URL(url)) } : { agent: false }),
      };
      const request = sendRequest(options, (response) => {
        const at = clock.now();
        takeBody(response).then((text) => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, at });
        }, fail);
      });
      const limit = setTimeout(() => {
        const busy = new Error(`busy: no answer within ${timeout / 1000} s`);
        request.destroy(busy);
        // A request that has no socket yet is destroyed without a word.
        fail(busy);
      }, timeout);
      const fail = (error: Error): void => {
        clearTimeout(limit);
        reject(explained(error));
      };
      request.on("error", fail);
      request.on("close", () => {
        clearTimeout(limit);
      });
      request.end();
    });
}

function takeBody(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LONGEST_PAGE) response.destroy(new Error("the page does not end"));
      else chunks.push(chunk);
    });
    response.on("error", reject);
    response.on("end", () => {
      resolve(Buffer.concat(chunks).toString("utf8"));
    });
    response.on("aborted", () => {
      reject(new Error("the answer was cut off"));
    });
  });
}

function explained(error: NodeJS.ErrnoException): Error {
  if (error.code === "ECONNREFUSED") return new Error("down: nothing listens there");
  return error;
}
