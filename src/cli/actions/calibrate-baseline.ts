/** `plimsoll baseline calibrate`: how noisy is this target, and what can be told of it? */
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { exitCodes, PlimsollError, usageError } from "../../core/errors.ts";
import type { Baseline } from "../../judge/baseline/baseline.ts";
import {
  calibrationRows,
  recalibrated,
  RUNS_PER_TRIAL,
  trialsOf,
} from "../../judge/baseline/calibration.ts";
import { barring, differenceSentence, notedDifferences } from "../../judge/compare/comparable.ts";
import { rulesFor } from "../../judge/compare/gather.ts";
import type { RunDigest } from "../../judge/digest/digest.ts";
import { renderCalibration } from "../../report/compare/calibration-text.ts";
import { fewAtOnce } from "../../store/few-at-once.ts";
import type { Call } from "../command.ts";
import { baselineFolder, requireBaseline, storeBaseline } from "../stored/baseline-folder.ts";
import { directoriesOf } from "../stored/name-runs.ts";
import { digestOfRun } from "../stored/digest-of-run.ts";
import { conclude } from "../reports/conclude.ts";
import { saltedFor } from "../../session/run/salt.ts";
import { measure } from "../../session/run/measure.ts";
import { openProgress } from "../terminal/progress.ts";
import { prepareRequest } from "../flags/prepare-request.ts";
import { stopSwitch } from "../terminal/stop-switch.ts";

export async function baselineCalibrate(call: Call): Promise<number> {
  const { positionals, flags, world } = call;
  const folder = baselineFolder(flags, world);
  const baseline = await requireBaseline(folder, positionals[0] ?? "", world);
  const runs = flags.on("stored") ? await storedRuns(call) : await measuredRuns(call);
  if (runs === undefined) return exitCodes.interrupted;
  refuseOthers(baseline, runs);
  const rules = rulesFor(baseline.accepted);
  const trials = trialsOf(runs.filter(isFit));
  if (trials.length === 0) throw tooFew(runs);
  const calibration = recalibrated(baseline.calibration, trials, rules);
  await storeBaseline(folder, { ...baseline, calibration });
  const rows = calibrationRows(calibration.trials, rules);
  world.stdout.write(renderCalibration(rows, calibration.trials.length));
  return exitCodes.passed;
}

async function storedRuns({ positionals, flags, world }: Call): Promise<readonly RunDigest[]> {
  const root = resolve(world.cwd, flags.text("out") ?? "reports");
  const directories = await directoriesOf(root, positionals.slice(1), flags.on("repeats"));
  return fewAtOnce(directories, digestOfRun);
}

/** Undefined when it was interrupted: half a calibration is none. */
async function measuredRuns(call: Call): Promise<readonly RunDigest[] | undefined> {
  const { flags, world, positionals } = call;
  const progress = openProgress(world.stderr, flags.on("quiet"));
  const say = (text: string): void => {
    progress.say(text);
  };
  const request = await prepareRequest({ ...call, positionals: positionals.slice(1) }, say);
  const count = RUNS_PER_TRIAL * (flags.integer("trials", 1) ?? 5);
  const group = randomUUID();
  const stop = stopSwitch(world);
  const runs: RunDigest[] = [];
  try {
    for (let index = 1; index <= count && !stop.signal.aborted; index += 1) {
      const repeat = { index, of: count, group };
      const signal = AbortSignal.any([stop.signal]);
      const measured = await measure(
        { ...saltedFor(request, index), repeat },
        world,
        progress,
        signal,
      );
      if (measured.problem !== undefined) throw measured.problem;
      const { digest } = await conclude(measured.directory, world, { formats: ["json", "html"] });
      runs.push(digest);
      progress.tell(`run ${index} of ${count}`);
    }
  } finally {
    stop.release();
  }
  return stop.signal.aborted ? undefined : runs;
}

function isFit({ status, validity }: RunDigest): boolean {
  return validity !== "invalid" && (status === "passed" || status === "failed");
}

function tooFew(runs: readonly RunDigest[]): Error {
  const fit = runs.filter(isFit).length;
  if (fit === runs.length)
    return usageError(
      `a calibration takes at least ${RUNS_PER_TRIAL} runs of one sitting, and there are ${fit}`,
      "Name more runs, or let it measure them: plimsoll baseline calibrate NAME SCENARIO",
    );
  return new PlimsollError(
    exitCodes.invalid,
    `only ${fit} of ${runs.length} runs are valid: nothing is learned of the noise`,
    "See what their reports say of the client, and measure again.",
  );
}

/** The noise of another target says nothing of this one. */
function refuseOthers({ name, accepted }: Baseline, runs: readonly RunDigest[]): void {
  const [difference] = barring(notedDifferences(accepted, runs));
  if (difference === undefined) return;
  throw new PlimsollError(
    exitCodes.notComparable,
    `these runs are not of what the baseline ${name} was saved from: ${differenceSentence(difference)}`,
    "Measure with the flags of the baseline's runs.",
  );
}
