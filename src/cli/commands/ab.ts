/** `plimsoll ab`: two targets in one session, so that what differs is theirs and not the day's. */
import type { Command } from "../command.ts";
import { COMPARE_FLAGS } from "../flags/margins.ts";
import { MOST_PAIRS } from "../../session/ab/looks.ts";
import { POLICY_FLAGS } from "../flags/policy.ts";
import { REQUEST_FLAGS } from "../flags/request-flags.ts";
import { SHOW_FLAGS } from "../flags/output-flags.ts";

export const ab: Command = {
  usage: 'ab <scenario> --a "TARGET [flags]" --b "TARGET [flags]"',
  about: `Measures two targets in one sitting, by turns (AB, BA, AB, ...), and says whether B is worse than
A. Servers that Plimsoll starts are started anew for every run. Runs are compared pair by pair, so
what the machine does to both cancels out; after 5, 8 and 12 pairs it looks, and stops as soon as
the answer is clear. A side is a target and its flags; flags of the command hold for both.

Exit codes: 0 not worse, 1 regression, 3 inconclusive, 5 invalid, 6 a target failed.`,
  flags: {
    a: {
      kind: "text",
      value: "SPEC",
      about: "the accepted side: embedded, llama-server or a URL, and its flags",
    },
    b: { kind: "text", value: "SPEC", about: "the side to judge" },
    "max-pairs": {
      kind: "number",
      value: "N",
      about: `most pairs (default and most ${MOST_PAIRS})`,
    },
    "max-time": {
      kind: "duration",
      value: "TIME",
      about: "begin no pair that would end later (default 2h)",
    },
    ...REQUEST_FLAGS,
    ...COMPARE_FLAGS,
    ...POLICY_FLAGS,
    out: { kind: "text", value: "DIR", about: "folder of run directories (default reports)" },
    quiet: { kind: "switch", about: "no progress" },
    ...SHOW_FLAGS,
    json: { kind: "switch", about: "print the comparison as JSON on stdout" },
  },
  positionals: ["<scenario>"],
  examples: [
    'plimsoll ab steady --a "llama-server --server-bin ./old" --b "llama-server --server-bin ./new"',
    'plimsoll ab steady --a embedded --b "embedded --threads 1" --max-pairs 5',
    "plimsoll ab steady --a http://10.0.0.1:8080 --b http://10.0.0.2:8080 --peak 20",
  ],
  run: async (call) => (await import("../actions/ab.ts")).ab(call),
};
