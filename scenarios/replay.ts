// Traffic as it was recorded: Mooncake JSONL, Azure LLM inference CSV, BurstGPT CSV, or our own.
//
//   plimsoll run replay -e TRACE=conversation.jsonl -e START=10m -e END=15m -e TIME_SCALE=0.5
import { fileURLToPath } from "node:url";
import { chat, profiles, prompts, traces, type Scenario } from "plimsoll";

const sample = fileURLToPath(new URL("traces/sample.jsonl", import.meta.url));
const { TRACE = sample, START, END, TIME_SCALE = "1", BLOCK_TOKENS = "512" } = __ENV;

const trace = traces.read(TRACE, {
  start: START,
  end: END,
  timeScale: Number(TIME_SCALE),
  blockTokens: Number(BLOCK_TOKENS),
});

export const options: Scenario["options"] = {
  scenarios: { main: profiles.replay(trace) },
  slo: { ttft_scheduled: "2s", tpot: "200ms" },
  thresholds: { request_failed: ["rate<0.01"], ttft_scheduled: ["p(95)<5000"] },
};

const recorded = prompts.fromTrace(trace);

const send: Scenario["default"] = async ({ llm, iteration, check }) => {
  const reply = await llm(chat({ ...recorded(iteration), temperature: 0 }));
  check(reply, { answered: (r) => r.ok });
};

export default send;
