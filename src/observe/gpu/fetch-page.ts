/** Fetches one page of an exporter: a connection of its own, plain or TLS, and a deadline. */
import { get, type IncomingMessage } from "node:http";
import { get as getTls } from "node:https";
import type { Clock } from "../../core/clock.ts";

export interface FetchedPage {
  readonly status: number;
  readonly text: string;
  /** When the first byte of the answer was there, ms. */
  readonly at: number;
}

export interface PageAddress {
  readonly url: string;
  /** Secret. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A page longer than this is none, characters. */
const LONGEST = 2 ** 24;

/** @param timeout of the whole exchange, ms. @throws why there is no answer */
export function fetchPage(
  { url, headers }: PageAddress,
  clock: Clock,
  timeout: number,
): Promise<FetchedPage> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? getTls : get;
    const request = send(url, { headers, agent: false }, (response) => {
      const at = clock.now();
      readText(response).then((text) => {
        clearTimeout(limit);
        resolve({ status: response.statusCode ?? 0, text, at });
      }, fail);
    });
    const fail = (error: NodeJS.ErrnoException): void => {
      clearTimeout(limit);
      reject(error.code === "ECONNREFUSED" ? new Error("nothing listens there") : error);
    };
    const limit = setTimeout(() => {
      request.destroy(new Error(`no answer within ${timeout / 1e3} s`));
    }, timeout);
    request.on("error", fail);
  });
}

/** @throws when it is cut off or does not end */
export async function readText(response: IncomingMessage): Promise<string> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > LONGEST) throw new Error("the answer does not end");
  }
  return text;
}
