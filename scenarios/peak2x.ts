// "Load tested with twice the expected traffic": the expected peak held, twice the peak held, and
// back. `--peak` is the expected peak (requests per second).
import { chat, profiles, prompts, type Scenario } from "plimsoll";

export const options: Scenario["options"] = ({ peak }) => ({
  scenarios: {
    main: profiles.peak2x({ rate: peak, warmup: "3s", hold: "15s", recovery: "15s" }),
  },
  slo: { ttft_scheduled: "2s", tpot: "200ms" },
  thresholds: {
    request_failed: ["rate<0.01"],
    "ttft_scheduled{phase:peak}": ["p(95)<5000"],
    "ttft_scheduled{phase:peak2x}": ["p(95)<10000"],
    "ttft_scheduled{phase:recovery}": ["med<5000"],
  },
});

const question = prompts.synthetic({ promptTokens: 64, outputTokens: 32 });

const ask: Scenario["default"] = async ({ llm, iteration, check }) => {
  const reply = await llm(chat({ ...question(iteration), temperature: 0 }));
  check(reply, { "answered in full": (r) => r.finish === "length" });
};

export default ask;
