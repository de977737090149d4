/** `plimsoll compare`: are these runs worse than those? */
import { resolve } from "node:path";
import { usageError } from "../../core/errors.ts";
import { fewAtOnce } from "../../store/few-at-once.ts";
import type { Call } from "../command.ts";
import {
  acceptedOf,
  compareDirectories,
  remakePages,
  showComparison,
  writeComparison,
  type Accepted,
} from "../compare/compare-directories.ts";
import { directoriesOf } from "../stored/name-runs.ts";
import { exitCodeOf, policyOf } from "../flags/policy.ts";
import { digestOfRun } from "../stored/digest-of-run.ts";

export async function compare(call: Call): Promise<number> {
  const { flags, world } = call;
  const policy = policyOf(flags);
  const root = resolve(world.cwd, flags.text("out") ?? "reports");
  const { candidate, against } = sidesOf(call);
  const fresh = await directoriesOf(root, candidate, flags.on("repeats"));
  const compared = await compareDirectories(fresh, await acceptedSide(call, root, against), call);
  showComparison(compared, call);
  await writeComparison(fresh, compared, call.world);
  if (flags.on("report")) await remakePages(fresh, call);
  return exitCodeOf(compared, policy);
}

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
