/**
 * The judging half: from a run directory to its summary, its reports and an exit code. It opens no
 * socket and needs nothing but the directory, so it can be done again at any time.
 */
import { createWriteStream, readFileSync, readdirSync } from "node:fs";
import { rename } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { usageError, type ExitCode } from "../../core/errors.ts";
import { summarize } from "../../judge/summarize.ts";
import type { Summary } from "../../judge/summary.ts";
import type { ReportAssets, ReportInput } from "../../report/report-input.ts";
import { renderJson } from "../../report/json.ts";
import { reporters, type ReporterName } from "../../report/reporters.ts";
import { renderTerminal } from "../../report/terminal.ts";
import { readHeader, readRun } from "../../store/read-run.ts";
import { writeFileAtomically } from "../../store/write-file.ts";
import { packageFolder } from "../places.ts";
import { wantsColor, type World } from "../world.ts";

export interface ConcludeOptions {
  /** Print the summary as JSON instead of a table. */
  readonly json: boolean;
  readonly noColor: boolean;
  /** Formats to write; what every run gets unless asked otherwise. */
  readonly formats?: readonly ReporterName[];
}

export interface Conclusion {
  readonly summary: Summary;
  readonly exitCode: ExitCode;
}

const ALWAYS: readonly ReporterName[] = ["json", "csv", "html"];

export async function conclude(
  directory: string,
  world: World,
  { json, noColor, formats = ALWAYS }: ConcludeOptions,
): Promise<Conclusion> {
  const { command } = await readHeader(directory);
  const { summary, series } = await summarize(readRun(directory));
  const shown =
    command === undefined ? {} : { command: `plimsoll ${command.map(quoted).join(" ")}` };
  const input: ReportInput = { summary, series, ...shown };
  for (const format of formats) await writeReport(format, directory, input, world);
  show(summary, directory, world, { json, noColor });
  return { summary, exitCode: summary.verdict.exitCode };
}

/** A table of absent numbers helps nobody: of a target that never got ready, its error is enough. */
function show(
  summary: Summary,
  directory: string,
  world: World,
  { json, noColor }: ConcludeOptions,
): void {
  const report = join(relative(world.cwd, directory) || ".", "report.html");
  if (json) world.stdout.write(`${renderJson(summary)}\n`);
  else if (summary.target === undefined && summary.verdict.status === "target_failed") {
    world.stderr.write(`nothing was measured; the run is kept in ${dirname(report)}\n`);
  } else {
    const color = wantsColor(world.stdout, world.env, noColor);
    const width = world.stdout.columns;
    world.stdout.write(`${renderTerminal(summary, { color, width, report })}\n`);
  }
}

async function writeReport(
  format: ReporterName,
  directory: string,
  input: ReportInput,
  world: World,
): Promise<void> {
  const reporter = reporters[format];
  if (reporter.kind === "document") {
    const text = reporter.render(input, reportAssets(world));
    await writeFileAtomically(join(directory, reporter.file), text);
    return;
  }
  for (const [file, transform] of Object.entries(reporter.files)) {
    const path = join(directory, file);
    const lines = Readable.from(readRun(directory));
    await pipeline(lines, transform(), createWriteStream(`${path}.part`));
    await rename(`${path}.part`, path);
  }
}

/** The templates, and the chart library that is inlined into the report. */
function reportAssets(world: World): ReportAssets {
  const folder = join(world.packageDir, "templates");
  const templates = Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.[a-z]+$/.test(name))
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
  const uplot = packageFolder("uplot", world);
  if (uplot === undefined) throw usageError("the package uplot is missing", "Run `npm ci` again.");
  return {
    templates,
    uplotJs: readFileSync(join(uplot, "dist", "uPlot.iife.min.js"), "utf8"),
    uplotCss: readFileSync(join(uplot, "dist", "uPlot.min.css"), "utf8"),
  };
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
