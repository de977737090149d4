// One rate, held: the run to repeat every night, eight times (docs/baselines.md says why so often).
// `--peak` sets the rate (requests per second).
import { chat, profiles, prompts, type Scenario } from "plimsoll";

export const options: Scenario["options"] = ({ peak }) => ({
  scenarios: { main: profiles.steady({ rate: peak, warmup: "3s", duration: "30s" }) },
  slo: { ttft: "2s", tpot: "200ms" },
  thresholds: {
    request_failed: ["rate<0.01"],
    dropped_iterations: ["count==0"],
    ttft_scheduled: ["p(95)<5000"],
    slo_met: ["rate>=0.99"],
    checks: ["rate>0.99"],
  },
});

const question = prompts.synthetic({ promptTokens: 64, outputTokens: 32 });

const ask: Scenario["default"] = async ({ llm, iteration, check }) => {
  const reply = await llm(chat({ ...question(iteration), temperature: 0 }));
  check(reply, { "answered in full": (r) => r.finish === "length" || r.finish === "unknown" });
};

export default ask;
