/** `plimsoll report`: make the reports of stored runs again. */
import { dirname, relative, resolve } from "node:path";
import { exitCodes, usageError } from "../../core/errors.ts";
import { present } from "../../core/present.ts";
import { counted } from "../../report/text/quantity.ts";
import { reporters, type ReporterName } from "../../report/reporters.ts";
import { nearestName } from "../../scenario/nearest.ts";
import { findRun } from "../../store/list-runs.ts";
import { accountingOf } from "../flags/accounting-flags.ts";
import type { Call } from "../command.ts";
import {
  conclude,
  withRepeats,
  type ConcludeOptions,
  type ReportedRun,
} from "../reports/conclude.ts";
import { concludeCapacity, isCapacity } from "../reports/conclude-capacity.ts";
import { indexRuns } from "../reports/index-runs.ts";
import { destinationsOf, pushTo } from "../reports/push.ts";
import { capacityJson, showCapacity } from "../terminal/show-capacity.ts";
import { runJson, showJson, showRun } from "../terminal/show-run.ts";
import { validityLimitsOf } from "../flags/validity-limits.ts";

const names = Object.keys(reporters) as ReporterName[];

export async function report({ positionals, flags, world }: Call): Promise<number> {
  const root = resolve(world.cwd, flags.text("out") ?? "reports");
  const formats = formatsOf(flags.text("format"));
  if (positionals.length === 0 && !flags.on("index"))
    throw usageError("report: <run> is missing", "Usage: plimsoll report [run]... [flags]");
  const limits = validityLimitsOf(flags);
  const accounting = accountingOf(flags);
  const destinations = destinationsOf(flags);
  const options = { formats, ...present({ limits, accounting }) };
  let problems = 0;
  const concluded: ReportedRun[] = [];
  const documents: string[] = [];
  for (const wanted of positionals) {
    const directory = await findRun(root, wanted);
    if (isCapacity(directory)) {
      documents.push(await capacityAgain(directory, options, { world, flags }));
      continue;
    }
    const conclusion = await conclude(directory, world, {
      ...options,
      onJudged: (judged) => {
        showRun(judged, world, flags);
      },
    });
    documents.push(runJson(conclusion));
    problems += await pushTo(destinations, conclusion.input, world);
    concluded.push(conclusion);
  }
  if (formats?.includes("html") !== false) await withRepeats(concluded, world);
  showJson(documents, world, flags);
  if (flags.on("index")) await indexAgain(root, { world, flags });
  return problems === 0 ? exitCodes.passed : exitCodes.usage;
}

async function indexAgain(root: string, { world, flags }: Shown): Promise<void> {
  const { file, runs } = await indexRuns(root, world);
  const told = flags.on("json") ? world.stderr : world.stdout;
  told.write(`${counted(runs, "run")} on ${relative(world.cwd, file)}\n`);
}

type Shown = Pick<Call, "world" | "flags">;

/** @returns its document as JSON */
async function capacityAgain(
  directory: string,
  options: ConcludeOptions,
  call: Shown,
): Promise<string> {
  const document = await concludeCapacity(directory, call.world, options);
  showCapacity(document, dirname(directory), call);
  return capacityJson(document);
}

function formatsOf(text: string | undefined): readonly ReporterName[] | undefined {
  return text?.split(",").map((word) => {
    const name = names.find((one) => one === word.trim());
    if (name !== undefined) return name;
    const nearest = nearestName(word.trim(), names);
    throw usageError(
      `--format: there is no format "${word}"`,
      nearest === undefined ? `There is ${names.join(", ")}.` : `Did you mean ${nearest}?`,
    );
  });
}
