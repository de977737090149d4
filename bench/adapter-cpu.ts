/**
 * What the parser of every API costs, next to that of OpenAI's chats in the same run: the same
 * answer of 256 tokens, a read an event, from memory to the record. No socket is in it (for that
 * see client-cpu): what differs between APIs is their bytes and what their adapter makes of them.
 */
import type { Clock } from "../src/core/clock.ts";
import { findAdapter } from "../src/protocol/api/apis.ts";
import { performRequest, type Endpoint } from "../src/protocol/perform.ts";
import type { Transport } from "../src/protocol/transport.ts";
import { ANSWER_TOKENS, apiAnswers, type ApiAnswer } from "./adapter-streams.ts";
import type { BenchRow, BenchTable } from "./table.ts";
import { median } from "./world.ts";

const ANSWERS = 200;
const REPEATS = 7;

export async function adapterCpu(): Promise<BenchTable> {
  const all = Object.entries(apiAnswers).map(([api, answer]) => caseOf(api, answer));
  const [chat] = all.filter(({ api }) => api === "chat");
  if (chat === undefined) throw new Error("there is no chat to compare with");
  for (const one of all) await cpuOf(one); // warms the compiler up
  const costs = all.map((): Cost[] => []);
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    for (const [i, one] of all.entries()) {
      // Next to each other in time, so that a busy machine is busy for both.
      const reference = await cpuOf(chat);
      const own = await cpuOf(one);
      costs[i]?.push({ own, ratio: own / reference });
    }
  }
  return {
    title: `CPU of parsing an answer of ${ANSWER_TOKENS} tokens by API, µs of one thread`,
    rows: all.map((one, i) => rowOf(one, costs[i] ?? [])),
    notes: [
      "sglang-generate repeats the whole text and all ids in every event, as its server does by",
      "default: read its bytes. Rows of one event are APIs that answer with one body: read their",
      "answers, not their events.",
    ],
  };
}

interface Case {
  readonly api: string;
  readonly answer: ApiAnswer;
  readonly endpoint: Endpoint;
  readonly bytes: number;
}

interface Cost {
  /** CPU of an answer, µs. */
  readonly own: number;
  readonly ratio: number;
}

function rowOf({ api, answer, bytes }: Case, costs: readonly Cost[]): BenchRow {
  const events = answer.writes.length;
  const own = median(costs.map((cost) => cost.own));
  return {
    api,
    events,
    "bytes/event": Math.round(bytes / events),
    "µs/event": Number((own / events).toFixed(2)),
    "µs/answer": Math.round(own),
    "ratio to chat": Number(median(costs.map(({ ratio }) => ratio)).toFixed(2)),
  };
}

function caseOf(api: string, answer: ApiAnswer): Case {
  const adapter = findAdapter(api);
  if (adapter === undefined) throw new Error(`there is no adapter ${api}`);
  const facts = { server: "vllm", model: "m", basePath: "", headers: {} };
  const bytes = answer.writes.reduce((sum, write) => sum + write.length, 0);
  return { api, answer, bytes, endpoint: { adapter, transport: playing(answer), facts } };
}

/** Time stands still: reading it is not what is measured. */
const still: Clock = { now: () => 0, sleepUntil: () => new Promise<void>(() => undefined) };

/** Every write is a read of its own. */
function playing({ type, writes }: ApiAnswer): Transport {
  const headers = { "content-type": type };
  return {
    dispatch(_request, handler) {
      queueMicrotask(() => {
        const head = { status: 200, headers, keepAlive: false, idle: undefined };
        handler.head({ ...head, framing: "close" }, 0);
        for (const write of writes) handler.data(write, 0);
        handler.end(0);
      });
      return { abort: () => undefined, catchUp: () => undefined };
    },
    close: () => Promise.resolve(),
  };
}

const deadlines = { connect: 0, headers: 0, firstContent: 0, nextContent: 0, total: 0 };

/** CPU of one answer, µs. */
async function cpuOf({ api, answer, endpoint }: Case): Promise<number> {
  const options = { clock: still, deadlines, signal: new AbortController().signal };
  globalThis.gc?.();
  const before = process.cpuUsage();
  for (let i = 0; i < ANSWERS; i += 1) {
    const { facts } = await performRequest(answer.request, endpoint, options);
    if (!facts.outcome.ok) throw new Error(`${api}: ${facts.outcome.message}`);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / ANSWERS;
}
