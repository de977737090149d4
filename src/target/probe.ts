/** Short questions to a server outside any measurement: is it ready, what is it? */
import { Agent, request } from "undici";

/** Limit of one question, ms, and of its answer, bytes. */
const PROBE_TIMEOUT = 10_000;
const ANSWER_LIMIT = 2 ** 22;

export interface Answer {
  readonly status: number;
  /** The `Server` header. */
  readonly server?: string;
  /** The body, where it is JSON. */
  readonly json: unknown;
}

export interface Probe {
  /** GET of a path below the base URL. Throws what the network throws. */
  get(path: string, signal: AbortSignal): Promise<Answer>;
  close(): Promise<void>;
}

/** Every question uses a connection of its own: servers close them without saying so. */
export function openProbe(baseUrl: string, headers: Readonly<Record<string, string>>): Probe {
  const agent = new Agent({
    pipelining: 0,
    connect: { timeout: PROBE_TIMEOUT },
    headersTimeout: PROBE_TIMEOUT,
    bodyTimeout: PROBE_TIMEOUT,
  });
  const get = async (path: string, signal: AbortSignal): Promise<Answer> => {
    const response = await request(`${baseUrl}${path}`, { dispatcher: agent, headers, signal });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > ANSWER_LIMIT) break;
    }
    const { server } = response.headers;
    return {
      status: response.statusCode,
      ...(typeof server === "string" ? { server } : {}),
      json: parseOrUndefined(Buffer.concat(chunks).toString("utf8")),
    };
  };
  return { get, close: () => agent.destroy() };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
