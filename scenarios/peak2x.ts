// "Load tested with twice the expected traffic": the expected peak held, twice the peak held, and
// back. `--peak` is the expected peak (requests per second). At twice the peak the server may let
// requests wait and turn some away, within the error budget; it may not lose what it accepted, and
// must be back within limits in time. `-e SLA=0.999 -e ERROR_BUDGET=0.05 -e RECOVERY_MS=5000`.
import { chat, profiles, prompts, type Scenario } from "plimsoll";

export const options: Scenario["options"] = ({ peak, env }) => ({
  scenarios: {
    main: profiles.peak2x({ rate: peak, warmup: "3s", hold: "15s", recovery: "15s" }),
  },
  slo: { ttft_scheduled: "2s", tpot: "200ms" },
  thresholds: {
    availability: [`rate>=${env["SLA"] ?? 0.99}`],
    "request_failed{phase:peak}": ["rate<0.01"],
    "ttft_scheduled{phase:peak}": ["p(95)<5000"],
    "request_failed{phase:peak2x}": [`rate<=${env["ERROR_BUDGET"] ?? 0.02}`],
    "ttft_scheduled{phase:peak2x}": ["p(95)<10000"],
    request_lost: ["rate==0"],
    recovery_time: [`value<=${env["RECOVERY_MS"] ?? 10_000}`],
    "ttft_scheduled{phase:recovery}": ["med<5000"],
  },
});

const question = prompts.synthetic({ promptTokens: 64, outputTokens: 32 });

const ask: Scenario["default"] = async ({ llm, iteration, check }) => {
  const reply = await llm(chat({ ...question(iteration), temperature: 0 }));
  check(reply, { "answered in full": (r) => r.finish === "length" || r.finish === "unknown" });
};

export default ask;
