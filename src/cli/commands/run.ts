/** `plimsoll run`: measure, then judge. */
import type { Command } from "../command.ts";
import { COMPARE_FLAGS } from "../flags/margins.ts";
import { POLICY_FLAGS } from "../flags/policy.ts";
import type { FlagTable } from "../flags/flags.ts";
import { BASELINES_FLAG, PUSH_FLAGS, SHOW_FLAGS } from "../flags/output-flags.ts";
import { REQUEST_FLAGS } from "../flags/request-flags.ts";

const RUN_FLAGS = {
  ...REQUEST_FLAGS,
  repeat: { kind: "number", value: "N", about: "run N times, each with a run directory" },
  baseline: {
    kind: "text",
    value: "NAME",
    about: "then compare with this baseline: regression, pass, or how many more runs it takes",
  },
  ...BASELINES_FLAG,
  ...COMPARE_FLAGS,
  ...POLICY_FLAGS,
  out: { kind: "text", value: "DIR", about: "folder of run directories (default reports)" },
  quiet: { kind: "switch", about: "no progress" },
  ...PUSH_FLAGS,
  ...SHOW_FLAGS,
} as const satisfies FlagTable;

export const run: Command = {
  usage: "run <scenario> [flags]",
  about: `Runs a scenario (a file, or the name of one that comes with Plimsoll) against a server and
writes a run directory: run.jsonl, summary.json, requests.csv, samples.csv, report.html.`,
  flags: RUN_FLAGS,
  positionals: ["<scenario>"],
  examples: [
    "plimsoll run smoke",
    "plimsoll run steady --target http://127.0.0.1:8080 --peak 20 --duration 5m",
    "plimsoll run peak2x --target http://127.0.0.1:8080 --peak auto",
    "plimsoll run my-scenario.ts --target llama-server --model model.gguf --repeat 3",
    "plimsoll run steady --repeat 8 --baseline main",
  ],
  run: async (call) => (await import("../actions/run.ts")).run(call),
};
