/** `plimsoll history`: how a scenario's metrics went over the nights. */
import { resolve } from "node:path";
import { exitCodes, usageError } from "../../core/errors.ts";
import type { Baseline } from "../../judge/baseline/baseline.ts";
import { barring, notedDifferences } from "../../judge/compare/comparable.ts";
import { compareMetrics } from "../../judge/compare/compare-metrics.ts";
import { evidenceOf, rulesFor } from "../../judge/compare/gather.ts";
import type { RunDigest } from "../../judge/digest/digest.ts";
import { isHistoryEntry } from "../../judge/history/entry.ts";
import { historyOf, type HistoryReport } from "../../judge/history/history.ts";
import { renderHistoryPage } from "../../report/history/history-page.ts";
import { renderHistory } from "../../report/history/history-text.ts";
import type { Drift } from "../../report/history/history-words.ts";
import { baselineNames } from "../../store/baselines.ts";
import { fewAtOnce } from "../../store/few-at-once.ts";
import { historyNames, readHistory, rewriteHistory } from "../../store/history.ts";
import { listRuns } from "../../store/list-runs.ts";
import type { Call } from "../command.ts";
import { baselineFolder, requireBaseline } from "../stored/baseline-folder.ts";
import { digestOfRun } from "../stored/digest-of-run.ts";
import { writePageFile } from "../reports/page-file.ts";
import { wantsColor, type World } from "../world.ts";

export async function history({
  positionals: [scenario = ""],
  flags,
  world,
}: Call): Promise<number> {
  const folder = baselineFolder(flags, world);
  const keep = flags.integer("keep", 1);
  const kept = await keptRuns(folder, scenario, world);
  if (keep !== undefined) await prune(folder, scenario, kept, keep);
  const runs = await withStored(resolve(world.cwd, flags.text("out") ?? "reports"), scenario, kept);
  if (runs.length === 0) throw await noHistory(folder, scenario);
  const course = historyOf(scenario, runs);
  const drifts = await driftsOf(folder, course, runs, world);
  await writePageFile({ flags, world }, (...made) => renderHistoryPage(course, drifts, ...made));
  if (flags.on("json")) {
    world.stdout.write(`${JSON.stringify({ ...course, drifts }, null, 2)}\n`);
  } else {
    const color = wantsColor(world.stdout, world.env, flags.on("no-color"));
    world.stdout.write(renderHistory(course, drifts, { color, width: world.stdout.columns }));
  }
  return exitCodes.passed;
}

async function keptRuns(
  folder: string,
  scenario: string,
  world: World,
): Promise<readonly RunDigest[]> {
  const { entries, damaged } = await readHistory(folder, scenario);
  if (damaged.length > 0)
    world.stderr.write(`lines ${damaged.join(", ")} of the history are damaged, and left out\n`);
  return entries.filter(isHistoryEntry);
}

/** Runs of the folder that are not in the history; those without a digest would take too long. */
async function withStored(
  root: string,
  scenario: string,
  kept: readonly RunDigest[],
): Promise<readonly RunDigest[]> {
  const known = new Set(kept.map(({ run }) => run));
  const listed = await listRuns(root);
  const fresh = listed.filter(({ id, header }) => {
    const plan = header.plan as { readonly name?: string } | null;
    return plan?.name === scenario && !known.has(id);
  });
  return [...kept, ...(await fewAtOnce(fresh, ({ directory }) => digestOfRun(directory)))];
}

async function prune(
  folder: string,
  scenario: string,
  runs: readonly RunDigest[],
  keep: number,
): Promise<void> {
  const ordered = [...runs].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  const sessions = new Set([...new Set(ordered.map(({ session }) => session))].slice(-keep));
  await rewriteHistory(
    folder,
    scenario,
    runs.filter(({ session }) => sessions.has(session)),
  );
}

/** The newest session against the anchor of each baseline of this scenario and environment. */
async function driftsOf(
  folder: string,
  course: HistoryReport,
  runs: readonly RunDigest[],
  world: World,
): Promise<readonly Drift[]> {
  const latest = new Set(course.nights.at(-1)?.runs);
  const candidate = runs.filter(({ run }) => latest.has(run));
  const names = await baselineNames(folder);
  const baselines = await fewAtOnce(names, (name) => requireBaseline(folder, name, world));
  return baselines
    .filter((one) => one.scenario === course.scenario && isComparable(one, candidate))
    .map(({ name, anchor, calibration }) => {
      const rules = rulesFor(candidate).filter(({ gating }) => gating);
      const evidence = evidenceOf({ baseline: anchor, candidate }, rules, calibration?.priors);
      return { baseline: name, metrics: compareMetrics(evidence).metrics };
    });
}

function isComparable({ anchor }: Baseline, candidate: readonly RunDigest[]): boolean {
  const differences = notedDifferences(anchor, candidate, ["server.build", "plimsoll.version"]);
  return candidate.length > 0 && barring(differences).length === 0;
}

async function noHistory(folder: string, scenario: string): Promise<Error> {
  const names = await historyNames(folder);
  return usageError(
    `there are no runs of "${scenario}"`,
    names.length === 0
      ? "Measure one first: plimsoll run <scenario>"
      : `There is history of ${names.join(", ")}.`,
  );
}
