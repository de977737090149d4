/** `plimsoll sweep`: a scenario over a grid of server flags and loads. */
import type { Command } from "../command.ts";
import type { FlagTable } from "../flags/flags.ts";
import { SWEEP_FLAGS } from "../flags/sweep-flags.ts";
import { SWEEP_SHOW_FLAGS } from "../terminal/show-sweep.ts";
import { REQUEST_FLAGS } from "../flags/request-flags.ts";

export const sweep: Command = {
  usage: "sweep <scenario> --vary KEY=A,B,C [--vary ...] [flags]",
  about: `Measures a scenario in every combination of what is varied (flags of a server that we start,
models, prompt and output lengths, concurrency, rate, parameters), in random order, and names the
best of those that hold the scenario's slo and thresholds. Every cell is a run of its own. Where a
server flag or model varies, the server is started anew for every cell. A sweep that was interrupted,
or whose --max-time was spent, goes on where it was when the same command is given again.

Exit codes: 0 a cell holds, 1 none does, 3 none yet and --max-time is spent, 5 every measurement is invalid, 6 no server worked.`,
  flags: {
    ...SWEEP_FLAGS,
    ...REQUEST_FLAGS,
    out: { kind: "text", value: "DIR", about: "folder of results (default reports)" },
    quiet: { kind: "switch", about: "no progress" },
    ...SWEEP_SHOW_FLAGS,
  } satisfies FlagTable,
  positionals: ["<scenario>"],
  examples: [
    "plimsoll sweep steady --vary concurrency=1,4,8,16,32",
    "plimsoll sweep steady --target llama-server --vary server.parallel=1,2,4,8 --vary server.batch=512,2048",
    "plimsoll sweep steady --target http://127.0.0.1:8080 --vary peak=5,10,20 --vary prompt-tokens=64,512 --repeat 3",
  ],
  run: async (call) => (await import("../actions/sweep.ts")).sweep(call),
};
