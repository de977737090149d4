/** Requests that name an API of their own, among those of the run's. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { originNow } from "../../src/core/clock.ts";
import type { RequestRecord } from "../../src/core/request-record.ts";
import type { RunLine } from "../../src/core/records.ts";
import type { FromWorker, WorkerTask } from "../../src/load/messages.ts";
import { beginLoadWorker } from "../../src/load/load-worker.ts";
import { defaultVocabulary } from "../../src/scenario/vocabulary.ts";
import { loadScenario } from "../../src/scenario/load.ts";
import type { PlanFlags } from "../../src/scenario/resolve/resolve.ts";
import { wireServer, type WireServer } from "../support/servers/wire-server.ts";
import { scratchFolder } from "../support/scratch.ts";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const library = path("../../src/index.ts");
const folder = scratchFolder("apis");
let server: WireServer | undefined;

afterEach(async () => {
  await server?.close();
});

const SCENARIO = `
import { chat, completion, embeddings } from "plimsoll";
export const options = { vus: 1, iterations: 1 };
export default async ({ llm }) => {
  await llm(chat({ prompt: "a", maxTokens: 1, ignoreEos: true, promptTokens: 9 }));
  await llm(completion({ prompt: "a", maxTokens: 1, promptTokens: 1 }));
  await llm(embeddings({ input: "a" }));
};
`;

it("are sent as they say, and recorded with their API", async () => {
  const answers = [
    JSON.stringify({ message: { content: "a" }, done: true, done_reason: "length" }),
    JSON.stringify({ content: "a", stop: true, stop_type: "limit", tokens_predicted: 1 }),
    JSON.stringify({ data: [{ embedding: [1] }] }),
  ];
  server = await wireServer((n) => [
    {
      send:
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" +
        `Content-Length: ${answers[n]!.length}\r\n\r\n${answers[n]!}`,
    },
  ]);
  const lines = await run(server.origin, "ollama-chat");
  const requests = lines.filter((line): line is RequestRecord => line.type === "request");
  expect(requests.map(({ api, outcome }) => [api, outcome.ok])).toEqual([
    ["ollama-chat", true],
    ["completion", true],
    ["embeddings", true],
  ]);
  expect(requests.map(({ asked }) => asked?.prompt)).toEqual([9, 1, undefined]);
  expect(server.requests.map((request) => request.split(" ")[1])).toEqual([
    "/api/chat",
    "/completion",
    "/v1/embeddings",
  ]);
  const warnings = lines.filter((line) => line.type === "warning").map(({ code }) => code);
  expect(warnings).toEqual(["length_not_fixed"]);
});

it("ask for a cold cache where the plan does and they say nothing, and where that cannot be, say so", async () => {
  const answer = JSON.stringify({ content: "a", stop: true, stop_type: "limit" });
  server = await wireServer(() => [
    {
      send:
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" +
        `Content-Length: ${answer.length}\r\n\r\n${answer}`,
    },
  ]);
  const lines = await run(server.origin, "ollama-chat", { cachePrompt: false });
  const bodies = server.requests.map((request) => request.split("\r\n\r\n")[1] ?? "");
  expect(bodies.map((body) => body.includes('"cache_prompt":false'))).toEqual([
    ...[false, true, false],
  ]);
  const warnings = lines.filter((line) => line.type === "warning").map(({ code }) => code);
  expect(warnings.filter((code) => code === "cache_not_skipped")).toHaveLength(2);
});

async function run(origin: string, api: string, flags: PlanFlags = {}): Promise<RunLine[]> {
  const file = join(folder, "apis.ts");
  writeFileSync(file, SCENARIO);
  const { plan } = await loadScenario(file, flags, { library, builtIns: folder });
  const facts = { server: "ollama", model: "m", basePath: "", headers: {} };
  const task: WorkerTask = {
    plan,
    origin: originNow(),
    salt: "",
    shard: { index: 0, of: 1 },
    endpoint: { origin, api, mode: "fresh", facts },
    vocabulary: defaultVocabulary,
    library,
    env: {},
    counters: new SharedArrayBuffer(4),
  };
  const lines: RunLine[] = [];
  await new Promise<void>((resolve, reject) => {
    const hear = (message: FromWorker): void => {
      if (message.type === "lines") lines.push(...message.lines);
      else if (message.type === "done") resolve();
      else if (message.type === "bug" || message.type === "script-error")
        reject(new Error(message.message));
    };
    beginLoadWorker(task, hear).then((worker) => {
      worker.take({ type: "start", at: 0, data: undefined });
    }, reject);
  });
  return lines;
}
