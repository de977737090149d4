// A few requests, one after the other: does everything work at all? Run it first.
import { chat, profiles, prompts, type Scenario } from "plimsoll";

export const options: Scenario["options"] = {
  scenarios: { main: profiles.smoke({ iterations: 5 }) },
  thresholds: { request_failed: ["rate==0"], checks: ["rate==1"] },
};

const question = prompts.synthetic({ promptTokens: 64, outputTokens: 16 });

const ask: Scenario["default"] = async ({ llm, iteration, check }) => {
  const reply = await llm(chat({ ...question(iteration), temperature: 0 }));
  check(reply, { answered: (r) => r.ok });
};

export default ask;
