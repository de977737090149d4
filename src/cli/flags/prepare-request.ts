/** From the command line to what is to be measured; everything wrong is refused before it starts. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { usageError } from "../../core/errors.ts";
import { present } from "../../core/present.ts";
import { workersFor } from "../../load/worker-count.ts";
import { GRPC_HINT } from "../../target/attach-remote.ts";
import { apiNames, findAdapter } from "../../protocol/api/apis.ts";
import { planScenario } from "../../scenario/plan-scenario.ts";
import { nearestName } from "../../scenario/nearest.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { PlanFlags } from "../../scenario/resolve/resolve.ts";
import { accountingOf } from "./accounting-flags.ts";
import type { Call } from "../command.ts";
import type { Flags } from "./flags.ts";
import { scenarioThread } from "../../session/places.ts";
import { telemetryRequestOf } from "./telemetry-flags.ts";
import { concealCommand } from "./conceal.ts";
import { versionOf } from "../version.ts";
import { describeEnvironment, withCalibration } from "../../session/run/environment.ts";
import type { GroupedRequest } from "../../session/run/run-request.ts";
import { chooseTarget } from "./choose-target.ts";
import { validityLimitsOf } from "./validity-limits.ts";
import { saltFlagOf } from "./salt-flag.ts";

export function wantsProbe(flags: Flags): boolean {
  return flags.text("peak") === "auto";
}

/** Everything that can be wrong before anything is started. */
export async function prepareRequest(
  call: Call,
  say: (text: string) => void,
): Promise<GroupedRequest> {
  const { flags, world, argv, positionals } = call;
  const planFlags = planFlagsOf(flags);
  const { plan, notes } = await planScenario(
    positionals[0] ?? "",
    planFlags,
    scenarioThread(world),
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
    command: concealCommand(argv, flags.given()),
    ...present({
      salt: saltFlagOf(flags),
      validityLimits: validityLimitsOf(flags),
      telemetry: telemetryRequestOf(flags),
      accounting: accountingOf(flags),
      idleBefore: flags.duration("idle-before"),
    }),
    group: crypto.randomUUID(),
  };
}

export function workersOf(flags: Flags, plan: Plan): number {
  const cores = availableParallelism();
  if (flags.text("workers") === "auto") return workersFor(plan, cores);
  return Math.min(flags.integer("workers", 1) ?? 1, 4 * cores);
}

export function planFlagsOf(flags: Flags): PlanFlags {
  const given = {
    peak: wantsProbe(flags) ? undefined : flags.number("peak"),
    duration: flags.duration("duration"),
    iterations: flags.integer("iterations", 1),
    vus: flags.integer("vus", 1),
    seed: flags.integer("seed"),
    lengths: lengthsOf(flags),
    cachePrompt: flags.on("no-prompt-cache") ? (false as const) : undefined,
  };
  return { ...present(given), env: flags.pairs("env", "=") };
}

function lengthsOf(flags: Flags): PlanFlags["lengths"] {
  const lengths = present({
    promptTokens: flags.integer("prompt-tokens", 1),
    outputTokens: flags.integer("output-tokens", 1),
  });
  return Object.keys(lengths).length === 0 ? undefined : lengths;
}

function apiOf(flags: Flags): string {
  const name = flags.text("api") ?? "chat";
  if (name === "auto" || findAdapter(name) !== undefined) return name;
  const nearest = nearestName(name, apiNames);
  throw usageError(
    /grpc/i.test(name)
      ? `--api: gRPC is not spoken here ("${name}")`
      : `--api: there is no API "${name}"`,
    /grpc/i.test(name)
      ? GRPC_HINT
      : nearest === undefined
        ? `There is ${apiNames.join(", ")}.`
        : `Did you mean ${nearest}?`,
  );
}
