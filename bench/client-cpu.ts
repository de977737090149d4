/**
 * What an event and a request cost the client in CPU, against the least that any client must spend
 * in the same run: a bare socket that sends the same bytes and counts those that come back. CPU
 * time, so a busy machine changes it little.
 */
import { connect, type Socket } from "node:net";
import { beginLoadWorker } from "../src/load/load-worker.ts";
import { originNow, systemClock, type ClockOrigin } from "../src/core/clock.ts";
import { defaultVocabulary } from "../src/scenario/vocabulary.ts";
import { loadScenario } from "../src/scenario/load.ts";
import type { Options } from "../src/scenario/script.ts";
import { libraryOf, scenarioThread } from "../src/session/places.ts";
import {
  runScripted,
  scenarioFile,
  type ScriptedWork,
} from "../src/session/calibrate/scripted-traffic.ts";
import {
  startScripted,
  type ScriptedServer,
} from "../src/reference-server/scripted/start-scripted.ts";
import { judgeAim } from "./aims.ts";
import type { BenchRow, BenchTable } from "./table.ts";
import { benchWorld, median } from "./world.ts";

const STREAMS = [1, 100, 1000];
const SECONDS = 3;
/** Of all streams together; one stream cannot have more than one event a ms. */
const eventRate = (streams: number): number => Math.min(10_000, streams * 1000);
const REPEATS = 3;
/** Of the I/O thread's CPU per event over the floor's. */
const MOST_RATIO = 1.5;

interface Cost {
  /** Ended streams or requests. */
  readonly requests: number;
  readonly cpuMs: number;
}

export async function clientCpu(): Promise<BenchTable> {
  const origin = originNow();
  const world = benchWorld();
  const server = await startScripted(origin, { node: world.node, args: world.nodeArgs });
  const rows: BenchRow[] = [];
  try {
    // Compiling our code costs a second of CPU once; what is asked for is what an event costs.
    await eventRow(server, origin, 100);
    await requestRow(server, origin, 100);
    for (const streams of STREAMS) rows.push(await eventRow(server, origin, streams));
    for (const vus of STREAMS) rows.push(await requestRow(server, origin, vus));
  } finally {
    await server.stop();
  }
  return {
    title: "CPU of the client, µs: the I/O thread's own, and of all threads together; warm code",
    rows,
    notes: [
      ...rows.filter(({ per }) => per === "event").map(eventAim),
      "There is no aim for requests: a request is encoded, recorded and judged as well as read.",
    ],
  };
}

function eventAim({ streams, ratio }: BenchRow): string {
  const what = `CPU per event over the floor, ${streams} streams`;
  return judgeAim({ what, value: Number(ratio), limit: MOST_RATIO, unit: "x" });
}

async function eventRow(
  server: ScriptedServer,
  origin: ClockOrigin,
  streams: number,
): Promise<BenchRow> {
  const itl = (1000 * streams) / eventRate(streams);
  const tokens = Math.round((SECONDS * 1000) / itl);
  const work = { scripts: [{ ttft: 100, itl, tokens }], stagger: itl, truth: false };
  const scenarios = {
    main: { executor: "per-vu-iterations", vus: streams, iterations: 1 },
  } as const;
  const events = streams * tokens;
  const row = await compare({ server, origin, work, scenarios, vus: streams, requests: streams });
  return rowOf("event", streams, events, row);
}

async function requestRow(
  server: ScriptedServer,
  origin: ClockOrigin,
  vus: number,
): Promise<BenchRow> {
  const requests = vus === 1 ? 3000 : 6000;
  const work = { scripts: [{ ttft: 0, itl: 0, tokens: 1 }], truth: false };
  const scenarios = {
    main: { executor: "shared-iterations", vus, iterations: requests },
  } as const;
  const row = await compare({ server, origin, work, scenarios, vus, requests });
  return rowOf("request", vus, requests, row);
}

interface Compared {
  readonly floor: number;
  readonly io: number;
  readonly all: number;
}

interface Case {
  readonly server: ScriptedServer;
  readonly origin: ClockOrigin;
  readonly work: ScriptedWork;
  readonly scenarios: Options["scenarios"];
  readonly vus: number;
  readonly requests: number;
}

/** Medians of total CPU, ms. */
async function compare(one: Case): Promise<Compared> {
  const floor: number[] = [];
  const io: number[] = [];
  const all: number[] = [];
  for (let i = 0; i < REPEATS; i += 1) {
    floor.push((await cpuOf(() => bareSockets(one))).cpuMs);
    io.push(await workerCpu(one));
    all.push((await cpuOf(() => wholePool(one))).cpuMs);
  }
  return { floor: median(floor), io: median(io), all: median(all) };
}

function rowOf(
  per: string,
  streams: number,
  count: number,
  { floor, io, all }: Compared,
): BenchRow {
  const micros = (ms: number): number => Number(((ms * 1000) / count).toFixed(2));
  return {
    per,
    streams,
    count,
    floor: micros(floor),
    "I/O thread": micros(io),
    ratio: Number((io / floor).toFixed(2)),
    "all threads": micros(all),
  };
}

async function cpuOf(work: () => Promise<number>): Promise<Cost> {
  globalThis.gc?.();
  const before = process.cpuUsage();
  const requests = await work();
  const { user, system } = process.cpuUsage(before);
  return { requests, cpuMs: (user + system) / 1000 };
}

/** The engine on this thread, its lines serialized as for the main thread and then dropped. */
async function workerCpu({ server, origin, work, scenarios }: Case): Promise<number> {
  const world = benchWorld();
  const flags = { env: { OPTIONS: JSON.stringify({ scenarios }), WORK: JSON.stringify(work) } };
  const { plan } = await loadScenario(scenarioFile(), flags, scenarioThread(world));
  const facts = { server: "plimsoll-scripted", model: "scripted", basePath: "", headers: {} };
  const ports = new MessageChannel();
  let done = (): void => undefined;
  const ended = new Promise<void>((resolve) => (done = resolve));
  const worker = await beginLoadWorker(
    {
      plan,
      origin,
      salt: "",
      shard: { index: 0, of: 1 },
      endpoint: { origin: server.url, api: "chat", mode: "keep-alive", facts },
      vocabulary: defaultVocabulary,
      library: libraryOf(world),
      env: {},
      counters: new SharedArrayBuffer(4),
    },
    (message) => {
      ports.port1.postMessage(message);
      if (message.type === "done") done();
    },
  );
  const { cpuMs } = await cpuOf(async () => {
    worker.take({ type: "start", at: Math.ceil(systemClock(origin).now()) + 20, data: undefined });
    await ended;
    return 0;
  });
  ports.port1.close();
  return cpuMs;
}

async function wholePool({ server, origin, work, scenarios }: Case): Promise<number> {
  const onLines = (): void => undefined;
  await runScripted(
    { origin, url: server.url, workers: 1, scenarios, work, onLines },
    benchWorld(),
  );
  return 0;
}

const LAST_CHUNK = Buffer.from("0\r\n\r\n");

/** Keep-alive sockets, each with one request at a time; nothing is parsed but the end. */
async function bareSockets({ server, work, vus, requests }: Case): Promise<number> {
  const { port } = new URL(server.url);
  let left = requests;
  let bytes = 0;
  await Promise.all(
    Array.from({ length: vus }, async (_, index) => {
      const socket = connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
      await new Promise<void>((resolve) => socket.once("connect", resolve));
      await new Promise<void>((resolve) => {
        const next = (): void => {
          if (left === 0) resolve();
          else {
            left -= 1;
            ask(socket, work, index);
          }
        };
        socket.on("data", (data: Buffer) => {
          bytes += data.length;
          if (data.subarray(-5).equals(LAST_CHUNK)) next();
        });
        next();
      });
      socket.destroy();
    }),
  );
  return bytes;
}

const GOLDEN = 0.618033988749895;

function ask(socket: Socket, { scripts, stagger = 0 }: ScriptedWork, index: number): void {
  const [script] = scripts;
  const ttft = (script?.ttft ?? 0) + stagger * ((index * GOLDEN) % 1);
  const body = JSON.stringify({
    model: "scripted",
    messages: [{ role: "user", content: "calibrate" }],
    stream: true,
    plimsoll_script: { ...script, ttft },
  });
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}
