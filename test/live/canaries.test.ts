/** A server that is fast and wrong: the program itself says so, by its exit code. */
import { afterEach, expect, it } from "vitest";
import { chatServer, type ChatServer } from "../support/servers/chat-server.ts";
import { startRun } from "../support/scripted-run.ts";

let server: ChatServer | undefined;
afterEach(() => server?.close());

const SCENARIO = `
  export const options = {
    scenarios: { main: { executor: "constant-vus", vus: 2, duration: "4s" } },
    canaries: { every: "1s", prompts: ["sing"], replies: { wellFormed: true } },
    retries: { maxRetries: 2, backoff: 10 },
    thresholds: {
      "checks{check:canary: same text}": ["rate>0.99"],
      "checks{check:canary: replies well formed}": ["rate>0.99"],
      request_given_up: ["rate==0"],
      ttft: ["p(95)<2000"],
    },
  };
  export default async ({ llm, sleep }) => {
    await llm(chat({ prompt: "hi" }));
    await sleep(0.02);
  };`;

it("nonsense in a fifth of the replies fails a run of the program with exit code 1", async () => {
  let asked = 0;
  let sung = 0;
  server = await chatServer((prompt, n) => {
    if (prompt === "sing") return { pieces: [sung++ === 2 ? "da da di" : "la la la"] };
    if (n % 10 === 3) return { status: 429, headers: { "retry-after": "0.01" } };
    return { pieces: [asked++ % 5 === 4 ? "round and ".repeat(40) : "a good answer"] };
  });
  const { code, summary } = await startRun(SCENARIO, ["--target", server.origin]).ended;
  const status = new Map(summary.thresholds.map((one) => [one.key, one.status]));
  expect(Object.fromEntries(status)).toEqual({
    "checks{check:canary: same text}": "failed",
    "checks{check:canary: replies well formed}": "failed",
    request_given_up: "passed",
    ttft: "passed",
  });
  const formed = summary.checks.find(({ name }) => name === "canary: replies well formed")!;
  expect(formed.fails / (formed.passes + formed.fails)).toBeCloseTo(0.2, 1);
  expect(summary.metrics.retries).toMatchObject({ kind: "counter" });
  expect(code).toBe(1);
});
