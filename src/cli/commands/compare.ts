/** `plimsoll compare`: are these runs worse than those? */
import type { Command } from "../command.ts";
import { COMPARE_FLAGS } from "../flags/margins.ts";
import { REPEATS_FLAG } from "../stored/name-runs.ts";
import { POLICY_FLAGS } from "../flags/policy.ts";
import { BASELINES_FLAG, SHOW_FLAGS } from "../flags/output-flags.ts";

export const compare: Command = {
  usage: "compare <run>... --baseline NAME | --against <run>...",
  about: `Compares runs with accepted ones, and says for each metric whether it got worse by more than
its margin, got better, did not, or whether that cannot be told yet and how many runs would tell.
A run is a directory, an id, the unambiguous beginning or end of one, or "latest".

Exit codes: 0 not worse, 1 regression or limit violated, 3 inconclusive, 4 the environments differ,
5 a measurement is invalid, 6 the target failed.`,
  flags: {
    baseline: { kind: "text", value: "NAME", about: "the baseline to compare with" },
    against: {
      kind: "text",
      value: "RUN...",
      repeats: true,
      about: "the accepted runs: all names that follow, up to the next flag",
    },
    ...REPEATS_FLAG,
    ...COMPARE_FLAGS,
    ...POLICY_FLAGS,
    out: { kind: "text", value: "DIR", about: "folder of run directories (default reports)" },
    ...BASELINES_FLAG,
    ...SHOW_FLAGS,
    report: { kind: "switch", about: "put it on the pages of the judged runs too (report.html)" },
    json: { kind: "switch", about: "print the comparison as JSON on stdout" },
  },
  positionals: ["<run>..."],
  examples: [
    "plimsoll compare latest --baseline main",
    "plimsoll compare latest --baseline main --vary server.build --margin ttft.p95=8%",
    "plimsoll compare 7f3a --against 91bc 02de --json",
  ],
  run: async (call) => (await import("../actions/compare.ts")).compare(call),
};
