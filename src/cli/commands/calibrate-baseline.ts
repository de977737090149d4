/** `plimsoll baseline calibrate`: how noisy is this target, and what can be told of it? */
import { RUNS_PER_TRIAL } from "../../judge/baseline/calibration.ts";
import type { Command } from "../command.ts";
import { REPEATS_FLAG } from "../stored/name-runs.ts";
import { BASELINES_FLAG } from "../flags/output-flags.ts";
import { REQUEST_FLAGS } from "../flags/request-flags.ts";

export const baselineCalibrate: Command = {
  usage: "baseline calibrate <name> <scenario> [flags]",
  about: `Measures the target against itself, over and over, and stores with the baseline how much runs
differ that are the same: comparisons with the baseline then know the noise from the first run on.
Says what changes can be found, how many runs a margin takes, and how often it would cry wolf.
Calibrate on several days to learn how much days differ.`,
  flags: {
    trials: {
      kind: "number",
      value: "N",
      about: `comparisons to make, of ${RUNS_PER_TRIAL} runs each (default 5)`,
    },
    stored: { kind: "switch", about: "take stored runs instead: <name> <run>..." },
    ...REPEATS_FLAG,
    ...REQUEST_FLAGS,
    ...BASELINES_FLAG,
    out: { kind: "text", value: "DIR", about: "folder of run directories (default reports)" },
    quiet: { kind: "switch", about: "no progress" },
  },
  positionals: ["<name>", "<scenario>..."],
  examples: [
    "plimsoll baseline calibrate main steady",
    "plimsoll baseline calibrate main --stored 7f3a --repeats",
  ],
  run: async (call) => (await import("../actions/calibrate-baseline.ts")).baselineCalibrate(call),
};
