/** `plimsoll capacity`: the highest load that still meets the SLO. */
import { SEARCH_FLAGS } from "../flags/search-flags.ts";
import type { Command } from "../command.ts";
import type { FlagTable } from "../flags/flags.ts";
import { REQUEST_FLAGS } from "../flags/request-flags.ts";

const CAPACITY_FLAGS = {
  ...REQUEST_FLAGS,
  ...SEARCH_FLAGS,
  out: { kind: "text", value: "DIR", about: "folder of results (default reports)" },
  quiet: { kind: "switch", about: "no progress" },
  json: { kind: "switch", about: "print the result as JSON on stdout" },
  "no-color": { kind: "switch", about: "no colour (NO_COLOR is honoured too)" },
} as const satisfies FlagTable;

export const capacity: Command = {
  usage: "capacity <scenario> [flags]",
  about: `Finds the highest load at which the scenario's slo and thresholds hold: levels of constant
load, each a run of its own, up to the edge and then close around it. An interrupted search goes on
where it was when the same command is given again.`,
  flags: CAPACITY_FLAGS,
  positionals: ["<scenario>"],
  examples: [
    "plimsoll capacity steady --target http://127.0.0.1:8080",
    "plimsoll capacity steady --by concurrency --goodput 0.95 --max-time 5m",
  ],
  run: async (call) => (await import("../actions/capacity.ts")).capacity(call),
};
