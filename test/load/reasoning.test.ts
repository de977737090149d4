/** Reasoning and tool calls are content, and are told apart, from the socket to the summary. */
import { afterEach, expect, it } from "vitest";
import { hostileServer, type HostileServer } from "../support/servers/hostile-server.ts";
import { runLoadWorker } from "../support/load-worker-run.ts";
import { httpChunk, LAST_CHUNK, STREAM_HEAD } from "../support/servers/wire-server.ts";

let server: HostileServer | undefined;
afterEach(() => server?.close());

const event = (choice: object, rest: object = {}): string =>
  httpChunk(`data: ${JSON.stringify({ choices: [{ index: 0, ...choice }], ...rest })}\n\n`);

async function run(events: readonly string[]) {
  server = await hostileServer(async (connection) => {
    await connection.send(STREAM_HEAD);
    for (const one of events) {
      await connection.send(one);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await connection.send(httpChunk("data: [DONE]\n\n") + LAST_CHUNK);
    connection.end();
  });
  return runLoadWorker({
    origin: server.origin,
    scenario: `
      export const options = { scenarios: { main: {
        executor: "shared-iterations", iterations: 1, phase: "main" } } };
      export default ({ llm }) => llm(chat({ prompt: "hi" }));`,
  });
}

const mean = (metric: { readonly kind: string; readonly mean?: number } | undefined) =>
  metric?.kind === "trend" ? metric.mean : undefined;

const usage = {
  completion_tokens: 3,
  prompt_tokens: 9,
  completion_tokens_details: { reasoning_tokens: 2 },
};

it("reasoning ends the ttft, the answer after it the ttfa, and its tokens are counted", async () => {
  const { requests, judged } = await run([
    event({ delta: { role: "assistant", content: null } }),
    event({ delta: { reasoning_content: "hm" } }),
    event({ delta: { reasoning_content: " so" } }),
    event({ delta: { content: "42" }, finish_reason: "stop" }, { usage }),
  ]);
  const { metrics } = judged.summary;
  const [request] = requests;
  expect(mean(metrics.ttft)).toBe(request!.firstContent! - request!.sent);
  expect(mean(metrics.ttfa)).toBe(request!.firstAnswer! - request!.sent);
  // Two more events went before the answer.
  const [, ...gaps] = request!.contentGapsUs!;
  expect(gaps).toHaveLength(2);
  const between = gaps.reduce((sum, gap) => sum + gap, 0) / 1000;
  expect(mean(metrics.ttfa)! - mean(metrics.ttft)!).toBeCloseTo(between, 2);
  expect(between).toBeGreaterThan(0);
  expect(mean(metrics.output_tokens)).toBe(3);
  expect(metrics.reasoning_tokens).toMatchObject({ mean: 2, sources: { usage: 1 } });
});

it("tool calls are content that is no answer", async () => {
  const call = { index: 0, id: "c", type: "function", function: { name: "f" } };
  const { requests, judged } = await run([
    event({ delta: { tool_calls: [call] } }),
    event({ delta: { tool_calls: [{ index: 0, function: { arguments: "{}" } }] } }),
    event({ delta: {}, finish_reason: "tool_calls" }),
  ]);
  expect(requests[0]).toMatchObject({ outcome: { ok: true, finish: "tool_calls" } });
  const { metrics } = judged.summary;
  expect(mean(metrics.ttft)).toBeGreaterThan(0);
  expect(metrics.ttfa).toBeUndefined();
  expect(metrics.itl).toMatchObject({ count: 1 });
});
