/**
 * The judging half: from a run directory to its summary, its reports and an exit code. It opens no
 * socket and needs nothing but the directory, so it can be done again at any time.
 */
import { join } from "node:path";
import { digestOf } from "../../judge/digest/digest.ts";
import { DigestBuilder } from "../../judge/digest/digest-builder.ts";
import { repeatsOf, thresholdIntervals } from "../../judge/compare/repeats.ts";
import type { ComparisonDocument } from "../../judge/compare/comparison.ts";
import type { RunAccounting } from "../../core/records.ts";
import { present } from "../../core/present.ts";
import { together } from "../../judge/collect/visit.ts";
import { RunJudge } from "../../judge/summarize.ts";
import type { GateLimits } from "../../judge/validity/validity.ts";
import type { ReportInput } from "../../report/page/report-input.ts";
import { reporters, type Reporter, type ReporterName } from "../../report/reporters.ts";
import { readHeader, visitRun } from "../../store/read-run.ts";
import { writeFileAtomically } from "../../store/write-file.ts";
import { storedComparison } from "../../store/comparisons.ts";
import { writeDigest } from "../../store/digests.ts";
import type { Conclude, Conclusion } from "../../session/conclusion.ts";
import { bestEffort } from "./best-effort.ts";
import { reportAssets } from "./report-assets.ts";
import { openRowFiles, type RowFiles } from "./row-files.ts";
import type { World } from "../world.ts";

export interface ReportedRun extends Conclusion {
  /** What its reports were made from. */
  readonly input: ReportInput;
}

const ALWAYS: readonly ReporterName[] = ["json", "csv", "html"];

export interface ConcludeOptions {
  /** What to write; what every run gets unless asked otherwise. */
  readonly formats?: readonly ReporterName[] | undefined;
  /** Of validity gates, over those that the run was made with. */
  readonly limits?: GateLimits;
  /** Prices and devices, over those that the run was made with. */
  readonly accounting?: RunAccounting;
  /** Called with the verdict, before any file is written that may not fit on the disk. */
  readonly onJudged?: (conclusion: ReportedRun) => void;
}

/** Judges a run and writes what is made of it, as far as it can be written. */
export async function conclude(
  directory: string,
  world: World,
  options: ConcludeOptions = {},
): Promise<ReportedRun> {
  const { formats = ALWAYS, onJudged } = options;
  const rows = openRowFiles(formats, directory);
  let concluded: ReportedRun;
  try {
    concluded = await judged(directory, rows, options);
  } catch (thrown) {
    await rows.abandon();
    throw thrown;
  }
  onJudged?.(concluded);
  for (const finish of rows.finish) await bestEffort(world, finish);
  const { digest, input } = concluded;
  await bestEffort(world, () => writeDigest(directory, digest));
  for (const format of formats) await writeReport(format, directory, input, world);
  return concluded;
}

async function judged(
  directory: string,
  rows: RowFiles,
  { limits = {}, accounting = {} }: ConcludeOptions,
): Promise<ReportedRun> {
  const { command } = await readHeader(directory);
  const [judging, builder] = [new RunJudge({ limits, accounting }), new DigestBuilder()];
  const readers = together([judging, builder, ...rows.readers]);
  await visitRun(directory, { ...readers, ready: () => rows.ready() });
  const { summary, series } = judging.finish();
  const digest = digestOf(summary, builder.finish());
  const shown =
    command === undefined ? {} : { command: `plimsoll ${command.map(quoted).join(" ")}` };
  const comparison = await storedComparison(directory);
  const intervals = thresholdIntervals(digest);
  const input: ReportInput = { summary, series, intervals, ...shown, ...present({ comparison }) };
  return { directory, summary, digest, input };
}

/** How a session's runs are concluded, each as soon as it is measured. */
export function concludeWith(world: World, formats?: readonly ReporterName[]): Conclude {
  return (directory) => conclude(directory, world, { formats });
}

/** The documents of a concluded run again, now that it was compared. */
export async function withComparison(
  { directory, input }: ReportedRun,
  comparison: ComparisonDocument,
  world: World,
): Promise<void> {
  await writeReport("html", directory, { ...input, comparison }, world);
}

/** The pages of repeats again, each with all of them on it; other runs are left as they are. */
export async function withRepeats(
  runs: readonly ReportedRun[],
  world: World,
): Promise<readonly ReportedRun[]> {
  const plans = new Set(runs.map(({ digest }) => digest.planHash));
  if (runs.length < 2 || plans.size !== 1) return runs;
  const repeats = repeatsOf(runs.map(({ digest }) => digest));
  const repeated = runs.map((one) => ({ ...one, input: { ...one.input, repeats } }));
  for (const { directory, input } of repeated) await writeReport("html", directory, input, world);
  return repeated;
}

async function writeReport(
  format: ReporterName,
  directory: string,
  input: ReportInput,
  world: World,
): Promise<void> {
  const reporter: Reporter = reporters[format];
  if (reporter.kind === "document") {
    const text = reporter.render(input, reportAssets(world));
    await bestEffort(world, () => writeFileAtomically(join(directory, reporter.file), text));
    return;
  }
  if (reporter.kind === "documents") {
    for (const [file, render] of Object.entries(reporter.files))
      await bestEffort(world, () => writeFileAtomically(join(directory, file), render(input)));
    return;
  }
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
