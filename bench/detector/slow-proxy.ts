/** An HTTP proxy that makes a server worse in one way, by a known amount. */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { randomStream } from "../../src/core/random.ts";
import { originNow, systemClock } from "../../src/core/clock.ts";

export interface Harm {
  /** Time to the first byte of a stream, times this. */
  readonly ttft?: number;
  /** Gaps between its chunks, times this. */
  readonly itl?: number;
  /** Only every so many-th stream is harmed; 1. */
  readonly every?: number;
  /** Every so many-th stream is answered with 503. */
  readonly failEvery?: number;
  /** Times vary by themselves: for a server that answers by the clock. */
  readonly noise?: Noise;
  /** Of the noise. */
  readonly seed?: number;
}

/** Log-normal factors on every time of a stream; a standard deviation of 0.2 is about 20 %. */
export interface Noise {
  /** Standard deviation from one run to the next. */
  readonly run: number;
  /** From one request to the next, and how alike neighbours are (the φ of an AR(1) process). */
  readonly request: number;
  readonly phi: number;
}

export interface SlowProxy {
  readonly url: string;
  /** From the next request on. */
  harm(harm: Harm): void;
  stop(): void;
}

export async function startSlowProxy(upstream: string): Promise<SlowProxy> {
  const clock = systemClock(originNow());
  let harm: Harm = {};
  let streams = 0;
  let factor = (): number => 1;
  const server = createServer((incoming, outgoing) => {
    if (incoming.method === "POST") streams += 1;
    const { every = 1, failEvery = Infinity } = harm;
    if (incoming.method === "POST" && streams % failEvery === 0) {
      incoming.resume();
      outgoing.writeHead(503, { "content-type": "application/json" }).end("{}");
      return;
    }
    const harmed = incoming.method === "POST" && streams % every === 0 ? noisy(harm, factor()) : {};
    forward({ upstream, incoming, outgoing, clock, harm: harmed });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    harm: (next) => {
      harm = next;
      factor = next.noise === undefined ? () => 1 : factors(next.noise, next.seed ?? 0);
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function noisy({ ttft = 1, itl = 1, ...rest }: Harm, factor: number): Harm {
  return { ...rest, ttft: ttft * factor, itl: itl * factor };
}

/** Streams that a run begins anew after: it learns tokens, then waits before its traffic. */
const STREAMS_OF_A_RUN = 130;

function factors({ run, request, phi }: Noise, seed: number): () => number {
  const random = randomStream("proxy noise", seed);
  let [level, near, streams] = [0, 0, 0];
  return () => {
    if (streams % STREAMS_OF_A_RUN === 0) level = run * random.normal();
    streams += 1;
    near = phi * near + request * Math.sqrt(1 - phi ** 2) * random.normal();
    return Math.exp(level + near);
  };
}

interface Forwarding {
  readonly upstream: string;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly clock: ReturnType<typeof systemClock>;
  readonly harm: Harm;
}

function forward({ upstream, incoming, outgoing, clock, harm }: Forwarding): void {
  const begun = clock.now();
  const { method = "GET", url = "/", headers } = incoming;
  const outward = request(new URL(url, upstream), { method, headers }, (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    outgoing.flushHeaders();
    void relay(response, { begun, outgoing, clock, harm });
  });
  outward.on("error", () => outgoing.destroy());
  outgoing.on("close", () => outward.destroy());
  incoming.pipe(outward);
}

/** A role event, or one without text, is not what anybody waits for. */
const CONTENT = /"(?:content|text)":\s?"[^"]/;

/** Each chunk leaves when its gaps, stretched, have passed; what waits is written in its order. */
async function relay(
  response: IncomingMessage,
  { begun, outgoing, clock, harm }: Omit<Forwarding, "upstream" | "incoming"> & { begun: number },
): Promise<void> {
  let arrived = begun;
  let due = begun;
  let answering = false;
  let last = Promise.resolve();
  response.on("data", (chunk: Buffer) => {
    const now = clock.now();
    const stretch = (answering ? harm.itl : harm.ttft) ?? 1;
    answering ||= CONTENT.test(chunk.toString("latin1"));
    due += (now - arrived) * stretch;
    arrived = now;
    const at = due;
    last = last.then(async () => {
      if (at > clock.now() + 0.05) await clock.sleepUntil(at);
      outgoing.write(chunk);
    });
  });
  await new Promise<void>((resolve) => response.once("close", resolve));
  await last;
  outgoing.end();
}
