/** Comparing run directories with what was accepted: for `compare` and for `run --baseline`. */
import { join, relative } from "node:path";
import type { ComparisonDocument } from "../../judge/compare/comparison.ts";
import { compareRuns, type CompareRequest } from "../../judge/compare/compare-runs.ts";
import { present } from "../../core/present.ts";
import { renderComparison } from "../../report/compare/comparison-text.ts";
import { plainText } from "../../report/text/plain-text.ts";
import { fewAtOnce } from "../../store/few-at-once.ts";
import { writeJsonAtomically } from "../../store/write-file.ts";
import type { Call } from "../command.ts";
import type { Flags } from "../flags/flags.ts";
import { bestEffort } from "../reports/best-effort.ts";
import { conclude, withRepeats, type ReportedRun } from "../reports/conclude.ts";
import { wantsColor, type World } from "../world.ts";
import { baselineFolder, requireBaseline } from "../stored/baseline-folder.ts";
import { keepInHistory } from "../stored/keep-history.ts";
import { limitsNote, policyOf } from "../flags/policy.ts";
import { marginsOf } from "../flags/margins.ts";
import { COMPARE_FILE } from "../../store/comparisons.ts";
import { digestOfRun } from "../stored/digest-of-run.ts";

/** One side of a comparison, and what is known of its noise. */
export type Accepted = Pick<CompareRequest, "baseline" | "name" | "anchor" | "priors">;

/** @throws PlimsollError (usage) when there is no such baseline, or its file cannot be trusted */
export async function acceptedOf(name: string, flags: Flags, world: World): Promise<Accepted> {
  const { accepted, anchor, calibration } = await requireBaseline(
    baselineFolder(flags, world),
    name,
    world,
  );
  const ids = new Set(accepted.map(({ run }) => run));
  const elsewhere = anchor.some(({ run }) => !ids.has(run));
  return {
    name,
    baseline: accepted,
    ...present({ anchor: elsewhere ? anchor : undefined, priors: calibration?.priors }),
  };
}

export async function compareDirectories(
  directories: readonly string[],
  accepted: Accepted,
  { flags, world }: Call,
): Promise<ComparisonDocument> {
  const candidate = await fewAtOnce(directories, digestOfRun);
  if (accepted.name !== undefined)
    await bestEffort(world, () => keepInHistory(baselineFolder(flags, world), candidate));
  return compareRuns({
    ...accepted,
    candidate,
    margins: marginsOf(flags),
    vary: flags.all("vary"),
  });
}

export function showComparison(compared: ComparisonDocument, { flags, world }: Call): void {
  const note = limitsNote(compared, policyOf(flags));
  if (note !== undefined) world.stderr.write(`${note}\n`);
  if (flags.on("json")) {
    world.stdout.write(`${JSON.stringify(compared, null, 2)}\n`);
    return;
  }
  const color = wantsColor(world.stdout, world.env, flags.on("no-color"));
  world.stdout.write(renderComparison(compared, { color, width: world.stdout.columns }));
}

/** Beside each run that was judged. */
export async function writeComparison(
  directories: readonly string[],
  compared: ComparisonDocument,
  world: World,
): Promise<void> {
  for (const directory of directories)
    await bestEffort(world, () => writeJsonAtomically(join(directory, COMPARE_FILE), compared));
}

/** The pages of the judged runs again, now with the comparison that lies beside them. */
export async function remakePages(
  directories: readonly string[],
  { flags, world }: Call,
): Promise<void> {
  const concluded: ReportedRun[] = [];
  for (const directory of directories)
    concluded.push(await conclude(directory, world, { formats: ["html"] }));
  await withRepeats(concluded, world);
  if (flags.on("json")) return;
  const pages = directories.map((one) => relative(world.cwd, join(one, "report.html")));
  world.stdout.write(pages.map((page) => `\n  Report  ${plainText(page)}`).join("") + "\n");
}
