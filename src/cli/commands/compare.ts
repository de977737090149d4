/** `plimsoll compare`: are these runs worse than those? */
import { join, resolve } from "node:path";
import { usageError } from "../../core/errors.ts";
import { compareRuns } from "../../judge/compare/compare-runs.ts";
import { renderComparison } from "../../report/comparison-text.ts";
import { writeJsonAtomically } from "../../store/write-file.ts";
import type { Call, Command } from "../command.ts";
import { COMPARE_FLAGS, marginsOf } from "../compare/margins.ts";
import { directoriesOf, REPEATS_FLAG } from "../compare/name-runs.ts";
import { exitCodeOf, policyOf, POLICY_FLAGS } from "../compare/policy.ts";
import { digestOfRun } from "../compare/stored-digest.ts";
import { SHOW_FLAGS } from "../run/show.ts";
import { wantsColor } from "../world.ts";

export const compare: Command = {
  usage: "compare <run>... --against <run>...",
  about: `Compares runs with accepted ones, and says for each metric whether it got worse by more than
its margin, got better, did not, or whether that cannot be told yet and how many runs would tell.
A run is a directory, an id, the unambiguous beginning or end of one, or "latest".

Exit codes: 0 not worse, 1 regression or limit violated, 3 inconclusive, 4 the environments differ,
5 a measurement is invalid, 6 the target failed.`,
  flags: {
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
    ...SHOW_FLAGS,
    json: { kind: "switch", about: "print the comparison as JSON on stdout" },
  },
  positionals: ["<run>..."],
  async run(call) {
    const { flags, world } = call;
    const root = resolve(world.cwd, flags.text("out") ?? "reports");
    const policy = policyOf(flags);
    const { candidate, against } = sidesOf(call);
    const all = flags.on("repeats");
    const old = await directoriesOf(root, against, all);
    const fresh = await directoriesOf(root, candidate, all);
    const compared = compareRuns({
      baseline: await Promise.all(old.map(digestOfRun)),
      candidate: await Promise.all(fresh.map(digestOfRun)),
      margins: marginsOf(flags),
      vary: flags.all("vary"),
    });
    if (flags.on("json")) world.stdout.write(`${JSON.stringify(compared, null, 2)}\n`);
    else {
      const color = wantsColor(world.stdout, world.env, flags.on("no-color"));
      world.stdout.write(renderComparison(compared, { color, width: world.stdout.columns }));
    }
    await writeJsonAtomically(join(fresh.at(-1) ?? root, "compare.json"), compared);
    return exitCodeOf(compared, policy);
  },
};

/** Names that follow --against belong to it: a shell's `--against reports/2026-11-20*` is several. */
function sidesOf({ argv, flags, positionals }: Call): {
  readonly candidate: readonly string[];
  readonly against: readonly string[];
} {
  const first = flags.all("against");
  if (first.length === 0)
    throw usageError("compare: nothing to compare with", "Name runs with --against RUN...");
  const more = new Set<string>();
  for (const [i, word] of argv.entries()) {
    if (word !== "--against" && !word.startsWith("--against=")) continue;
    const start = word === "--against" ? i + 2 : i + 1;
    for (const name of argv.slice(start)) {
      if (name.startsWith("-")) break;
      more.add(name);
    }
  }
  const candidate = positionals.filter((name) => !more.has(name));
  if (candidate.length === 0)
    throw usageError(
      "compare: no run to judge is named",
      "Name it first: plimsoll compare RUN --against OLD1 OLD2",
    );
  return { candidate, against: [...first, ...more] };
}
