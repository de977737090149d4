/** `plimsoll run`: measure, then judge. */
import { exitCodes, type ExitCode } from "../../core/errors.ts";
import { planScenario } from "../../scenario/plan-scenario.ts";
import type { GroupedRequest } from "../../session/run/run-request.ts";
import type { Call } from "../command.ts";
import { openBaselineCheck } from "../compare/baseline-check.ts";
import { scenarioThread } from "../../session/places.ts";
import { conclude, withRepeats, type ReportedRun } from "../reports/conclude.ts";
import { findPeak } from "../../session/probe/find-peak.ts";
import type { RunRequest } from "../../session/run/run-request.ts";
import { saltedFor } from "../../session/run/salt.ts";
import { measure } from "../../session/run/measure.ts";
import { planFlagsOf, prepareRequest, wantsProbe, workersOf } from "../flags/prepare-request.ts";
import type { Progress } from "../../session/run/progress.ts";
import { openProgress } from "../terminal/progress.ts";
import { destinationsOf, pushTo } from "../reports/push.ts";
import { runJson, showJson, showRun } from "../terminal/show-run.ts";
import { stopSwitch } from "../terminal/stop-switch.ts";

/** The order in which outcomes of repeats outrank each other, gravest first. */
const GRAVITY: readonly ExitCode[] = [
  exitCodes.interrupted,
  exitCodes.bug,
  exitCodes.cannotWrite,
  exitCodes.usage,
  exitCodes.targetFailed,
  exitCodes.invalid,
  exitCodes.failed,
  exitCodes.notComparable,
  exitCodes.inconclusive,
];

export async function run(call: Call): Promise<number> {
  const { flags, world } = call;
  const repeats = flags.integer("repeat", 1) ?? 1;
  const progress = openProgress(world.stderr, flags.on("quiet"));
  const say = (text: string): void => {
    progress.say(text);
  };
  const destinations = destinationsOf(flags);
  const gate = await openBaselineCheck(call);
  const asked = await prepareRequest(call, say);
  const stop = stopSwitch(world);
  const concluded: ReportedRun[] = [];
  /** Not in the verdict where not even the footer could be written. */
  const full: ExitCode[] = [];
  try {
    const request = wantsProbe(flags)
      ? await withFoundPeak(asked, call, progress, stop.signal)
      : asked;
    for (let index = 1; index <= repeats && !stop.signal.aborted; index += 1) {
      const measured = await measure(
        repeats > 1 ? repeatOf(request, index, repeats) : request,
        world,
        progress,
        // Of its own: listeners must not pile up over many repeats.
        AbortSignal.any([stop.signal]),
      );
      const conclusion = await conclude(measured.directory, world, {
        onJudged: (judged) => {
          showRun(judged, world, flags);
        },
      });
      await pushTo(destinations, conclusion.input, world);
      tellProblem(measured.problem, call);
      concluded.push(conclusion);
      if (measured.problem?.exitCode === exitCodes.cannotWrite) {
        full.push(exitCodes.cannotWrite);
        break;
      }
    }
  } finally {
    stop.release();
  }
  const repeated = await withRepeats(concluded, world);
  showJson(concluded.map(runJson), world, flags);
  const compared = stop.signal.aborted ? [] : await gate(repeated);
  const judged = concluded.map(({ summary }) => summary.verdict.exitCode);
  return worst([...judged, ...full, ...compared]);
}

function repeatOf(request: GroupedRequest, index: number, of: number): RunRequest {
  return { ...saltedFor(request, index), repeat: { index, of, group: request.group } };
}

/** The same order, its plan resolved again with the peak that the server was found to carry. */
async function withFoundPeak(
  request: GroupedRequest,
  call: Call,
  progress: Progress,
  signal: AbortSignal,
): Promise<GroupedRequest> {
  const { flags, world, positionals } = call;
  const say = (text: string): void => {
    progress.say(text);
  };
  const { peak, message } = await findPeak(request, world, say, signal);
  progress.tell(message);
  const planFlags = { ...planFlagsOf(flags), peak };
  const loaded = await planScenario(positionals[0] ?? "", planFlags, scenarioThread(world));
  const { plan } = loaded;
  const same = JSON.stringify(plan.scenarios) === JSON.stringify(request.plan.scenarios);
  const unused = "the peak changes nothing: the scenario's options are not made of it";
  const notes = [...request.notes, { code: "peak_found", message }];
  if (same) notes.push({ code: "peak_unused", message: unused });
  return { ...request, plan, notes, workers: workersOf(flags, plan) };
}

function worst(codes: readonly number[]): number {
  return GRAVITY.find((code) => codes.includes(code)) ?? exitCodes.passed;
}

function tellProblem(
  problem: { message: string; hint: string | undefined } | undefined,
  { world }: Call,
): void {
  if (problem === undefined) return;
  world.stderr.write(`plimsoll: ${problem.message}\n`);
  if (problem.hint !== undefined)
    world.stderr.write(`  ${problem.hint.replaceAll("\n", "\n  ")}\n`);
}
