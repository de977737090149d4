/** `plimsoll report`: make the reports of stored runs again. */
import { reporters, type ReporterName } from "../../report/reporters.ts";
import { ACCOUNTING_FLAGS } from "../flags/accounting-flags.ts";
import type { Command } from "../command.ts";
import { VALIDITY_FLAG } from "../flags/validity-flag.ts";
import { PUSH_FLAGS, SHOW_FLAGS } from "../flags/output-flags.ts";

const names = Object.keys(reporters) as ReporterName[];

export const report: Command = {
  usage: "report [run]... [flags]",
  about: `Writes the reports of stored runs again, from their run.jsonl alone; also of runs that were
cut short. A run is a directory, an id, the unambiguous beginning or end of one, or "latest". Of a
search for the capacity, the levels are judged again and its page is written.`,
  flags: {
    format: {
      kind: "text",
      value: "NAMES",
      about: `which to write, separated by commas: ${names.join(", ")} (default html,csv,json)`,
      values: names,
    },
    index: { kind: "switch", about: "write index.html, the page of all runs in the folder" },
    out: { kind: "text", value: "DIR", about: "folder of run directories (default reports)" },
    ...PUSH_FLAGS,
    ...ACCOUNTING_FLAGS,
    ...VALIDITY_FLAG,
    ...SHOW_FLAGS,
  },
  positionals: ["[run]..."],
  run: async (call) => (await import("../actions/report.ts")).report(call),
};
