// A sudden crowd: normal traffic, three times as much, and back. Does the server recover? It may let
// requests wait and turn some away meanwhile, within the error budget, but not lose what it accepted:
// `-e SLA=0.999 -e ERROR_BUDGET=0.1 -e RECOVERY_MS=5000`.
import { chat, profiles, prompts, type Scenario } from "plimsoll";

export const options: Scenario["options"] = ({ peak, env }) => ({
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
    availability: [`rate>=${env["SLA"] ?? 0.99}`],
    "request_failed{phase:before}": ["rate<0.01"],
    "ttft_scheduled{phase:before}": ["p(95)<5000"],
    "request_failed{phase:spike}": [`rate<=${env["ERROR_BUDGET"] ?? 0.05}`],
    request_lost: ["rate==0"],
    recovery_time: [`value<=${env["RECOVERY_MS"] ?? 15_000}`],
    "ttft_scheduled{phase:recovery}": ["med<5000"],
  },
});

const question = prompts.synthetic({ promptTokens: 64, outputTokens: 32 });

const ask: Scenario["default"] = async ({ llm, iteration, check }) => {
  const reply = await llm(chat({ ...question(iteration), temperature: 0 }));
  check(reply, { "answered in full": (r) => r.finish === "length" || r.finish === "unknown" });
};

export default ask;
