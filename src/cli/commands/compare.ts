/** `plimsoll compare`: are these runs worse than those? */
import { resolve } from "node:path";
import { usageError } from "../../core/errors.ts";
import { fewAtOnce } from "../../store/few-at-once.ts";
import type { Call, Command } from "../command.ts";
import { BASELINES_FLAG } from "../stored/baseline-folder.ts";
import {
  acceptedOf,
  compareDirectories,
  remakePages,
  showComparison,
  writeComparison,
  type Accepted,
} from "../compare/compare-directories.ts";
import { COMPARE_FLAGS } from "../flags/margins.ts";
import { directoriesOf, REPEATS_FLAG } from "../stored/name-runs.ts";
import { exitCodeOf, policyOf, POLICY_FLAGS } from "../flags/policy.ts";
import { digestOfRun } from "../stored/digest-of-run.ts";
import { SHOW_FLAGS } from "../terminal/show-run.ts";

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
  async run(call) {
    const { flags, world } = call;
    const policy = policyOf(flags);
    const root = resolve(world.cwd, flags.text("out") ?? "reports");
    const { candidate, against } = sidesOf(call);
    const fresh = await directoriesOf(root, candidate, flags.on("repeats"));
    const compared = await compareDirectories(fresh, await acceptedSide(call, root, against), call);
    showComparison(compared, call);
    await writeComparison(fresh, compared);
    if (flags.on("report")) await remakePages(fresh, call);
    return exitCodeOf(compared, policy);
  },
};

async function acceptedSide(
  { flags, world }: Call,
  root: string,
  against: readonly string[],
): Promise<Accepted> {
  const name = flags.text("baseline");
  if (name !== undefined) return acceptedOf(name, flags, world);
  const old = await directoriesOf(root, against, flags.on("repeats"));
  return { baseline: await fewAtOnce(old, digestOfRun) };
}

/** Names that follow --against belong to it: a shell's `--against reports/2026-11-20*` is several. */
function sidesOf({ argv, flags, positionals }: Call): {
  readonly candidate: readonly string[];
  readonly against: readonly string[];
} {
  const against = new Set(flags.all("against"));
  if (against.size > 0 === flags.on("baseline"))
    throw usageError(
      "compare: say with what to compare, once",
      "Either --baseline NAME, or --against RUN...",
    );
  for (const [i, word] of argv.entries()) {
    if (word !== "--against" && !word.startsWith("--against=")) continue;
    for (const name of argv.slice(word === "--against" ? i + 2 : i + 1)) {
      if (name.startsWith("-")) break;
      against.add(name);
    }
  }
  const candidate = positionals.filter((name) => !against.has(name));
  if (candidate.length > 0) return { candidate, against: [...against] };
  throw usageError(
    "compare: no run to judge is named",
    "Name it first: plimsoll compare RUN --against OLD1 OLD2",
  );
}
