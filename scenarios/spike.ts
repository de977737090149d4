// A sudden crowd: normal traffic, three times as much, and back. Does the server recover?
import { chat, profiles, prompts, type Scenario } from "plimsoll";

export const options: Scenario["options"] = ({ peak }) => ({
  scenarios: {
    main: profiles.spike({
      rate: peak,
      multiple: 3,
      warmup: "3s",
      before: "10s",
      spike: "10s",
      recovery: "20s",
    }),
  },
  slo: { ttft_scheduled: "2s", tpot: "200ms" },
  thresholds: {
    request_failed: ["rate<0.01"],
    "ttft_scheduled{phase:before}": ["p(95)<5000"],
    "ttft_scheduled{phase:recovery}": ["med<5000"],
  },
});

const question = prompts.synthetic({ promptTokens: 64, outputTokens: 32 });

const ask: Scenario["default"] = async ({ llm, iteration, check }) => {
  const reply = await llm(chat({ ...question(iteration), temperature: 0 }));
  check(reply, { "answered in full": (r) => r.finish === "length" });
};

export default ask;
