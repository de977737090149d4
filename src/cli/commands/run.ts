/** `plimsoll run`: measure, then judge. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { exitCodes, usageError, type ExitCode } from "../../core/errors.ts";
import { workersFor } from "../../load/worker-count.ts";
import { apiNames, findAdapter } from "../../protocol/apis.ts";
import { present } from "../../protocol/json.ts";
import { loadScenario } from "../../scenario/load.ts";
import { nearestName } from "../../scenario/nearest.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { PlanFlags } from "../../scenario/resolve.ts";
import type { Call, Command } from "../command.ts";
import type { Flags, FlagTable } from "../flags.ts";
import { scenarioPlaces } from "../places.ts";
import { conclude, type Conclusion } from "../run/conclude.ts";
import { describeEnvironment, withCalibration } from "../run/environment.ts";
import { findPeak } from "../run/find-peak.ts";
import { measure } from "../run/measure.ts";
import type { RunOrder } from "../run/order.ts";
import { openProgress, type Progress } from "../run/progress.ts";
import { destinationsOf, PUSH_FLAGS, pushTo } from "../run/push.ts";
import { SHOW_FLAGS, showJson, showRun } from "../run/show.ts";
import { stopSwitch } from "../run/stop-switch.ts";
import { chooseTarget, TARGET_FLAGS } from "../target-flags.ts";
import { TELEMETRY_FLAGS, telemetryOrderOf } from "../telemetry-flags.ts";
import { VALIDITY_FLAG, validityLimitsOf } from "../validity-flag.ts";
import { versionOf } from "../version.ts";

const RUN_FLAGS = {
  ...TARGET_FLAGS,
  api: {
    kind: "text",
    value: "NAME",
    about: `API to speak: auto, ${apiNames.join(", ")} (default chat)`,
  },
  peak: {
    kind: "text",
    value: "RATE",
    about: "the expected peak, per second; auto: half of what a short probe finds",
  },
  env: {
    kind: "text",
    value: "KEY=VALUE",
    short: "e",
    repeats: true,
    about: "a parameter of the scenario; may be repeated",
  },
  duration: { kind: "duration", value: "TIME", about: "length of the measured traffic" },
  iterations: { kind: "number", value: "N", about: "replace the traffic: so many iterations" },
  vus: { kind: "number", value: "N", about: "replace the traffic: so many virtual users" },
  seed: { kind: "number", value: "N", about: "seed of all the work" },
  repeat: { kind: "number", value: "N", about: "run N times, each with a run directory" },
  workers: {
    kind: "text",
    value: "N",
    about: "load worker threads (default 1); auto: what the plan needs",
  },
  "ready-timeout": {
    kind: "duration",
    value: "TIME",
    about: "how long a server may take to get ready (default 5m)",
  },
  ...TELEMETRY_FLAGS,
  ...VALIDITY_FLAG,
  out: { kind: "text", value: "DIR", about: "folder of run directories (default reports)" },
  quiet: { kind: "switch", about: "no progress" },
  ...PUSH_FLAGS,
  ...SHOW_FLAGS,
} as const satisfies FlagTable;

export const run: Command = {
  usage: "run <scenario> [flags]",
  about: `Runs a scenario (a file, or the name of one that comes with Plimsoll) against a server and
writes a run directory: run.jsonl, summary.json, requests.csv, samples.csv, report.html.`,
  flags: RUN_FLAGS,
  positionals: ["<scenario>"],
  examples: [
    "plimsoll run smoke",
    "plimsoll run steady --target http://127.0.0.1:8080 --peak 20 --duration 5m",
    "plimsoll run peak2x --target http://127.0.0.1:8080 --peak auto",
    "plimsoll run my-scenario.ts --target llama-server --model model.gguf --repeat 3",
  ],
  async run(call) {
    const { flags, world } = call;
    const repeats = flags.integer("repeat", 1) ?? 1;
    const progress = openProgress(world.stderr, flags.on("quiet"));
    const say = (text: string): void => {
      progress.say(text);
    };
    const destinations = destinationsOf(flags);
    const asked = await prepare(call, say);
    const stop = stopSwitch(world);
    const concluded: Conclusion[] = [];
    try {
      const order = wantsProbe(flags)
        ? await withFoundPeak(asked, call, progress, stop.signal)
        : asked;
      for (let index = 1; index <= repeats && !stop.signal.aborted; index += 1) {
        const repeat = repeats > 1 ? { repeat: { index, of: repeats, group: order.group } } : {};
        const measured = await measure({ ...order, ...repeat }, world, progress, stop.signal);
        const conclusion = await conclude(measured.directory, world);
        showRun(conclusion, world, flags);
        await pushTo(destinations, conclusion.input, world);
        tellProblem(measured.problem, call);
        concluded.push(conclusion);
      }
    } finally {
      stop.release();
    }
    showJson(concluded, world, flags);
    return worst(concluded.map(({ summary }) => summary.verdict.exitCode));
  },
};

function wantsProbe(flags: Flags): boolean {
  return flags.text("peak") === "auto";
}

/** The same order, its plan resolved again with the peak that the server was found to carry. */
async function withFoundPeak(
  order: GroupedOrder,
  call: Call,
  progress: Progress,
  signal: AbortSignal,
): Promise<GroupedOrder> {
  const { flags, world, positionals } = call;
  const say = (text: string): void => {
    progress.say(text);
  };
  const { peak, message } = await findPeak(order, world, say, signal);
  progress.tell(message);
  const planFlags = { ...planFlagsOf(flags), peak };
  const loaded = await loadScenario(positionals[0] ?? "", planFlags, scenarioPlaces(world));
  const { plan } = loaded;
  const same = JSON.stringify(plan.scenarios) === JSON.stringify(order.plan.scenarios);
  const unused = "the peak changes nothing: the scenario's options are not made of it";
  const notes = [...order.notes, { code: "peak_found", message }];
  if (same) notes.push({ code: "peak_unused", message: unused });
  return { ...order, plan, notes, workers: workersOf(flags, plan) };
}

/** The order in which outcomes of repeats outrank each other, gravest first. */
const GRAVITY: readonly ExitCode[] = [
  exitCodes.interrupted,
  exitCodes.bug,
  exitCodes.usage,
  exitCodes.targetFailed,
  exitCodes.invalid,
  exitCodes.failed,
  exitCodes.notComparable,
  exitCodes.inconclusive,
];

function worst(codes: readonly number[]): number {
  return GRAVITY.find((code) => codes.includes(code)) ?? exitCodes.passed;
}

type GroupedOrder = RunOrder & { readonly group: string };

/** Everything that can be wrong before anything is started. */
async function prepare(call: Call, say: (text: string) => void): Promise<GroupedOrder> {
  const { flags, world, argv, positionals } = call;
  const planFlags = planFlagsOf(flags);
  const { plan, notes } = await loadScenario(
    positionals[0] ?? "",
    planFlags,
    scenarioPlaces(world),
  );
  const target = await chooseTarget(flags, world, say);
  const machine = describeEnvironment(versionOf(world), world.nodeVersion);
  const environment = withCalibration(machine, world.cacheDir);
  return {
    plan,
    notes: notes.map((message) => ({ code: "option_ignored", message })),
    target,
    api: apiOf(flags),
    env: planFlags.env ?? {},
    workers: workersOf(flags, plan),
    readyTimeout: flags.duration("ready-timeout") ?? 300_000,
    out: resolve(world.cwd, flags.text("out") ?? "reports"),
    environment,
    argv,
    ...present({ validityLimits: validityLimitsOf(flags), telemetry: telemetryOrderOf(flags) }),
    group: crypto.randomUUID(),
  };
}

function workersOf(flags: Flags, plan: Plan): number {
  const cores = availableParallelism();
  if (flags.text("workers") === "auto") return workersFor(plan, cores);
  return Math.min(flags.integer("workers", 1) ?? 1, 4 * cores);
}

function planFlagsOf(flags: Flags): PlanFlags {
  const given = {
    peak: wantsProbe(flags) ? undefined : flags.number("peak"),
    duration: flags.duration("duration"),
    iterations: flags.integer("iterations", 1),
    vus: flags.integer("vus", 1),
    seed: flags.integer("seed"),
  };
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(present), env: flags.pairs("env", "=") };
}

function apiOf(flags: Flags): string {
  const name = flags.text("api") ?? "chat";
  if (name === "auto" || findAdapter(name) !== undefined) return name;
  const nearest = nearestName(name, apiNames);
  throw usageError(
    `--api: there is no API "${name}"`,
    nearest === undefined ? `There is ${apiNames.join(", ")}.` : `Did you mean ${nearest}?`,
  );
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
