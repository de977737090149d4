// From a tenth of the rate up to all of it, evenly: where does it begin to hurt?
import { chat, profiles, prompts, type Scenario } from "plimsoll";

export const options: Scenario["options"] = ({ peak }) => ({
  scenarios: { main: profiles.ramp({ rate: peak, warmup: "3s", duration: "30s" }) },
  slo: { ttft_scheduled: "2s", tpot: "200ms" },
  thresholds: { request_failed: ["rate<0.01"], ttft_scheduled: ["p(95)<10000"] },
});

const question = prompts.synthetic({ promptTokens: 64, outputTokens: 32 });

const ask: Scenario["default"] = async ({ llm, iteration, check }) => {
  const reply = await llm(chat({ ...question(iteration), temperature: 0 }));
  check(reply, { "answered in full": (r) => r.finish === "length" || r.finish === "unknown" });
};

export default ask;
