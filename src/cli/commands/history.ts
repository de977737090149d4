/** `plimsoll history`: how a scenario's metrics went over the nights. */
import type { Command } from "../command.ts";
import { BASELINES_FLAG, PAGE_FLAG } from "../flags/output-flags.ts";

export const history: Command = {
  usage: "history <scenario> [flags]",
  about: `Shows the course of every metric over the nights: from the history that comparing and saving
baselines keep (baselines/history), and from the runs that are still in reports/. Finds change
points, with the commits and environments on both sides, and drift against pinned anchors. It never
gates: its exit code is 0.`,
  flags: {
    json: { kind: "switch", about: "print it as JSON on stdout" },
    ...PAGE_FLAG,
    "no-color": { kind: "switch", about: "no colour (NO_COLOR is honoured too)" },
    keep: {
      kind: "number",
      value: "N",
      about: "drop all but the newest N sittings from the history",
    },
    out: { kind: "text", value: "DIR", about: "folder of run directories (default reports)" },
    ...BASELINES_FLAG,
  },
  positionals: ["<scenario>"],
  examples: ["plimsoll history steady", "plimsoll history steady --html history.html"],
  run: async (call) => (await import("../actions/history.ts")).history(call),
};
