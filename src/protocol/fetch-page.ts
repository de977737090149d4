/**
 * A small question to a server outside the traffic: whether it is ready, what it is, how it counts,
 * its metrics. Connects as the traffic does (see address.ts), with a connection for every question,
 * because servers close them without saying so. Redirects are not followed.
 */
import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { addressOf, type ConnectionOptions } from "./address.ts";
import { dial } from "./dial.ts";

export interface PageRequest {
  /** Default GET. */
  readonly method?: "GET" | "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly connection?: ConnectionOptions | undefined;
  /** Limit of the whole exchange, ms. */
  readonly timeout: number;
  /** The body is cut off after so many bytes. Default 4 MiB. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export interface Page {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const USUAL_LIMIT = 2 ** 22;

/**
 * Rejects with what the network says, each error with its `code` (ETIMEDOUT when time is up), and
 * with the reason of the signal when that aborts.
 */
export async function fetchPage(url: string, asked: PageRequest): Promise<Page> {
  const { timeout, signal } = asked;
  signal?.throwIfAborted();
  const ending = new AbortController();
  const timer = setTimeout(() => {
    ending.abort(coded(`no answer within ${timeout / 1000} s`, "ETIMEDOUT"));
  }, timeout);
  const stop = (): void => {
    ending.abort(signal?.reason);
  };
  signal?.addEventListener("abort", stop);
  try {
    return await exchangePage(url, asked, ending.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

function exchangePage(url: string, asked: PageRequest, signal: AbortSignal): Promise<Page> {
  const { host, origin, pathname, search } = new URL(url);
  const { method = "GET", headers, body, connection, limit = USUAL_LIMIT } = asked;
  return new Promise((resolve, reject) => {
    let cancel = (): void => undefined;
    const sent = request({
      method,
      path: `${pathname}${search}`,
      headers: { host, ...headers, connection: "close" },
      createConnection: (_options, onCreate) => {
        cancel = dial(addressOf(origin, connection), (error, socket) => {
          if (socket === undefined) reject(error ?? new Error("no socket"));
          else onCreate(null, socket);
        });
        return undefined;
      },
    });
    signal.addEventListener("abort", () => {
      cancel();
      sent.destroy();
      reject(signal.reason as Error);
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      readPage(response, limit).then(resolve, reject);
    });
    sent.end(body);
  });
}

async function readPage(response: IncomingMessage, limit: number): Promise<Page> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > limit) break;
  }
  const text = Buffer.concat(chunks).subarray(0, limit).toString("utf8");
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
