// People who talk: sessions of a few turns with time to think, and a history that grows. An
// iteration is one session; `--peak` sets how many begin each second.
import { chat, profiles, prompts, type ChatMessage, type Scenario } from "plimsoll";

export const options: Scenario["options"] = ({ peak = 1 }) => ({
  scenarios: { sessions: profiles.steady({ rate: peak, warmup: "3s", duration: "20s" }) },
  slo: { ttft: "2s", tpot: "200ms" },
  thresholds: { request_failed: ["rate<0.01"], ttft: ["p(95)<5000"], checks: ["rate>0.99"] },
});

const session = prompts.conversation({
  turns: { mean: 3, sd: 1, min: 1, max: 5 },
  promptTokens: { mean: 32, sd: 12, min: 8, max: 64 },
  outputTokens: { mean: 24, sd: 8, min: 8, max: 48 },
  thinkTime: 1,
});

const talk: Scenario["default"] = async ({ llm, iteration, check, sleep }) => {
  const history: ChatMessage[] = [];
  for (const { think, message, request } of session(iteration)) {
    await sleep(think);
    history.push(message);
    const reply = await llm(chat({ messages: history, ...request, temperature: 0 }));
    if (!check(reply, { answered: (r) => r.ok })) return;
    history.push({ role: "assistant", content: reply.text });
  }
};

export default talk;
