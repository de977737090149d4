/** Servers whose capacity is known: queues and a token bucket, played in virtual time. */
import type { Random } from "../src/core/random.ts";
import { randomStream } from "../src/core/random.ts";

/** What became of a request, s. */
export interface Served {
  readonly ok: boolean;
  /** Until it was begun with. */
  readonly wait: number;
  readonly end: number;
}

export type Server = (now: number, random: Random) => Served;

export interface Law {
  readonly name: string;
  /** A server that has been idle for ever. */
  readonly open: () => Server;
  /** Longest wait of a good request, s. */
  readonly limit: number;
  /** Share of requests that must be good. */
  readonly share: number;
  /** Mean time of a request, s. */
  readonly mean: number;
  /** Requests per second at which just this share is good. */
  readonly truth: number;
}

/** So many servers with exponential times, first come first served: llama-server's slots. */
export function queue(servers: number, mean: number, limit: number, share: number): Law {
  const open = (): Server => server(servers, () => mean);
  const name = `M/M/${servers}, ${mean * 1000} ms, ${share * 100} % wait at most ${limit * 1000} ms`;
  return { name, open, limit, share, mean, truth: erlangCapacity(servers, mean, limit, share) };
}

/** s after which a cold server is cold by a factor of e less. */
const WARMING = 3;

/** The same, but whenever it was left alone it takes twice as long at first. */
export function coldQueue(...[servers, mean, limit, share]: Parameters<typeof queue>): Law {
  const open = (): Server => server(servers, (at) => mean * (1 + Math.exp(-at / WARMING)));
  const warm = queue(servers, mean, limit, share);
  return { ...warm, name: `${warm.name}, cold at first`, open };
}

/** @param meanAt of the time of a request that is begun with then, s */
function server(servers: number, meanAt: (at: number) => number): Server {
  const free = new Float64Array(servers);
  return (now, random) => {
    const first = free.indexOf(Math.min(...free));
    const start = Math.max(now, free[first] ?? 0);
    const end = start + random.exponential() * meanAt(start);
    free[first] = end;
    return { ok: true, wait: start - now, end };
  };
}

/** Erlang C: P(wait > t) = C(c, a) exp(-(c - a) t / mean), solved for the rate. */
function erlangCapacity(servers: number, mean: number, limit: number, share: number): number {
  const late = (load: number): number => {
    let [term, sum] = [1, 1];
    for (let k = 1; k < servers; k += 1) {
      term *= load / k;
      sum += term;
    }
    const last = (term * load) / servers / (1 - load / servers);
    return (last / (sum + last)) * Math.exp((-(servers - load) * limit) / mean);
  };
  return solve((rate) => late(rate * mean) <= 1 - share, servers / mean);
}

/** Admits so many a second and so many at once, and turns away the others at once (429). */
export function bucket(perSecond: number, burst: number, share: number): Law {
  const mean = 0.02;
  const open = (): Server => {
    let [tokens, last] = [burst, 0];
    return (now) => {
      tokens = Math.min(burst, tokens + (now - last) * perSecond);
      last = now;
      if (tokens < 1) return { ok: false, wait: 0, end: now + 0.001 };
      tokens -= 1;
      return { ok: true, wait: 0, end: now + mean };
    };
  };
  const name = `token bucket, ${perSecond}/s, bursts of ${burst}, ${share * 100} % admitted`;
  const holds = (rate: number): boolean => admitted(open(), rate) >= share;
  return { name, open, limit: Infinity, share, mean, truth: solve(holds, 2 * perSecond) };
}

/** Of many arrivals: there is no closed form that is shorter than this. */
function admitted(server: Server, rate: number): number {
  const random = randomStream("bucket", "truth");
  const count = 1_600_000;
  let [now, ok] = [0, 0];
  for (let i = 0; i < count; i += 1) {
    now += random.exponential() / rate;
    if (server(now, random).ok) ok += 1;
  }
  return ok / count;
}

/** The highest rate that holds, by halving. */
function solve(holds: (rate: number) => boolean, most: number): number {
  let [low, high] = [0, most];
  for (let i = 0; i < 24; i += 1) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
