/** Short questions to a server outside any measurement: is it ready, what is it? */
import { fetchPage } from "../protocol/fetch-page.ts";
import type { ConnectionOptions } from "../protocol/address.ts";

/** Limit of one question, ms. */
const PROBE_TIMEOUT = 10_000;

export interface Answer {
  readonly status: number;
  /** The `Server` header. */
  readonly server?: string;
  /** The body, where it is JSON. */
  readonly json: unknown;
}

/** Where questions go, and how. */
export interface Questioned {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connection?: ConnectionOptions | undefined;
}

export interface Probe {
  /** GET of a path below the base URL. Throws what the network throws. */
  get(path: string, signal: AbortSignal): Promise<Answer>;
}

export function openProbe({ baseUrl, headers, connection }: Questioned): Probe {
  return {
    get: async (path, signal) => {
      const asked = { headers, connection, timeout: PROBE_TIMEOUT, signal };
      const page = await fetchPage(`${baseUrl}${path}`, asked);
      const { server } = page.headers;
      return {
        status: page.status,
        ...(typeof server === "string" && { server }),
        json: parseOrUndefined(page.text),
      };
    },
  };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
