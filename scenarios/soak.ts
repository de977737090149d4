// One rate for half an hour, with prompts and answers of mixed lengths: leaks, fragmentation,
// throttling. `--duration 8h` for a night.
import { chat, profiles, prompts, type Scenario } from "plimsoll";

export const options: Scenario["options"] = ({ peak }) => ({
  scenarios: { main: profiles.soak({ rate: peak, warmup: "10s", duration: "30m" }) },
  slo: { ttft_scheduled: "2s", tpot: "200ms" },
  thresholds: {
    request_failed: ["rate<0.001"],
    dropped_iterations: ["count==0"],
    ttft_scheduled: ["p(95)<5000"],
  },
});

const question = prompts.synthetic({
  promptTokens: { mean: 96, sd: 32, min: 32, max: 256 },
  outputTokens: { mean: 32, sd: 16, min: 4, max: 96 },
});

const ask: Scenario["default"] = async ({ llm, iteration, check }) => {
  const reply = await llm(chat({ ...question(iteration), temperature: 0 }));
  check(reply, { "answered in full": (r) => r.finish === "length" || r.finish === "unknown" });
};

export default ask;
