/** `plimsoll baseline`: the levels that runs are compared with. */
import type { Command } from "../command.ts";
import { REPEATS_FLAG } from "../stored/name-runs.ts";
import { BASELINES_FLAG } from "../flags/output-flags.ts";

export const baselineSave: Command = {
  usage: "baseline save <name> <run>... [flags]",
  about: `Accepts runs as the level that later ones are compared with: writes baselines/NAME.json, a file
to commit and review. Nothing else ever promotes a level. Over an existing name the runs take the
place of the accepted ones; the anchor stays where it was pinned first, so that slow drift shows.`,
  flags: {
    ...REPEATS_FLAG,
    add: { kind: "switch", about: "add the runs to the accepted ones (a history of nights)" },
    keep: { kind: "number", value: "N", about: "sittings kept with --add (default 30)" },
    anchor: { kind: "switch", about: "pin the anchor to these runs" },
    "allow-invalid": { kind: "switch", about: "accept runs that are invalid or failed" },
    vary: {
      kind: "text",
      value: "FIELD",
      repeats: true,
      about: "a difference to accept: server.flags, server; may be repeated",
    },
    out: { kind: "text", value: "DIR", about: "folder of run directories (default reports)" },
    ...BASELINES_FLAG,
  },
  positionals: ["<name>", "<run>..."],
  examples: [
    "plimsoll run steady --repeat 8",
    "plimsoll baseline save main latest --repeats",
    "plimsoll run steady --baseline main",
  ],
  run: async (call) => (await import("../actions/baseline.ts")).baselineSave(call),
};

export const baselineList: Command = {
  usage: "baseline list",
  about: "Lists the baselines: scenario, runs, age, anchor.",
  flags: BASELINES_FLAG,
  positionals: [],
  run: async (call) => (await import("../actions/baseline.ts")).baselineList(call),
};

export const baselineShow: Command = {
  usage: "baseline show <name>",
  about: "Shows a baseline: its level with intervals, its anchor, its runs and their environment.",
  flags: {
    ...BASELINES_FLAG,
    json: { kind: "switch", about: "print it as JSON, without packed data" },
  },
  positionals: ["<name>"],
  run: async (call) => (await import("../actions/baseline.ts")).baselineShow(call),
};

export const baselineRemove: Command = {
  usage: "baseline remove <name>",
  about: "Removes a baseline. Its runs stay in the history of their scenario.",
  flags: BASELINES_FLAG,
  positionals: ["<name>"],
  run: async (call) => (await import("../actions/baseline.ts")).baselineRemove(call),
};
