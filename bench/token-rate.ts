/** Tokens per second of the embedded server and of the real llama-server, on the same model. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { originNow, systemClock } from "../src/core/clock.ts";
import { messageOf } from "../src/core/errors.ts";
import { cachedModel } from "../src/reference-server/model/cache.ts";
import { findAdapter } from "../src/protocol/api/apis.ts";
import { performRequest } from "../src/protocol/perform.ts";
import { openTransport } from "../src/protocol/transport.ts";
import { openReference, type Reference } from "./reference-server.ts";
import type { BenchRow, BenchTable } from "./table.ts";

const STREAMS = [1, 4, 8];

interface Work {
  readonly model: string;
  /** Of each answer. */
  readonly tokens: number;
  /** Answers of each stream, one after the other. */
  readonly rounds: number;
  /** Least share of the real server's rate that is aimed at. */
  readonly aim: number;
}

const TINY: Work = { model: "synth:tiny", tokens: 200, rounds: 3, aim: 0.4 };
const SMALL: Work = { model: "synth:smollm2-135m@q8_0", tokens: 60, rounds: 1, aim: 0.9 };

export const tokenRate = (): Promise<BenchTable> => compare(TINY);
export const tokenRateSmall = (): Promise<BenchTable> => compare(SMALL);

async function compare(work: Work): Promise<BenchTable> {
  const model = await cachedModel(work.model, join(tmpdir(), "plimsoll-bench-models"));
  const binary = process.env["LLAMA_SERVER_BIN"];
  const embedded = await ratesOf("embedded", model, work);
  let missing = "LLAMA_SERVER_BIN names no llama-server: nothing to compare with.";
  let real: number[] | undefined;
  if (binary !== undefined) {
    real = await ratesOf({ binary }, model, work).catch((error: unknown) => {
      missing = `nothing to compare with: ${messageOf(error)}`;
      return undefined;
    });
  }
  const rows: BenchRow[] = STREAMS.map((streams, i) => {
    const [ours, theirs] = [embedded[i] ?? NaN, real?.[i]];
    return {
      streams,
      embedded: Math.round(ours),
      "llama-server": theirs === undefined ? undefined : Math.round(theirs),
      ratio: theirs === undefined ? undefined : Number((ours / theirs).toFixed(2)),
    };
  });
  return {
    title: `Output tokens/s on ${work.model}, one thread`,
    rows,
    notes: [real === undefined ? missing : `Aim: at least ${work.aim} of the real server.`],
  };
}

async function ratesOf(which: Reference, model: string, work: Work): Promise<number[]> {
  const server = await openReference(which, model, Math.max(...STREAMS));
  const rates: number[] = [];
  try {
    await generate(server.baseUrl, 2, work); // warm
    for (const streams of STREAMS) rates.push(await generate(server.baseUrl, streams, work));
  } finally {
    await server.stop();
  }
  return rates;
}

/** So many streams at a time, some rounds of them. */
async function generate(url: string, streams: number, work: Work): Promise<number> {
  const clock = systemClock(originNow());
  const adapter = findAdapter("chat");
  if (adapter === undefined) throw new Error("there is no chat API");
  const transport = openTransport({ origin: url, mode: "fresh", connectTimeout: 5000, clock });
  const facts = { server: "llama.cpp", model: undefined, basePath: "", headers: {} };
  const off = { connect: 0, headers: 0, firstContent: 0, nextContent: 0, total: 120_000 };
  const options = { clock, deadlines: off, signal: new AbortController().signal };
  let tokens = 0;
  const began = clock.now();
  await Promise.all(
    Array.from({ length: streams }, async (_, stream) => {
      for (let round = 0; round < work.rounds; round += 1) {
        const messages = [{ role: "user", content: `count ${stream} ${round}` }] as const;
        const request = { api: "auto", messages, maxTokens: work.tokens, ignoreEos: true } as const;
        const { reply } = await performRequest(request, { adapter, transport, facts }, options);
        tokens += reply.output?.count ?? 0;
      }
    }),
  );
  const seconds = (clock.now() - began) / 1000;
  await transport.close();
  return tokens / seconds;
}
