/** Validated options + flags -> Plan: nothing optional is left. */
import { overrideTraffic, type TrafficOverrides } from "./overrides.ts";
import type { ParsedOptions, ParsedScenario } from "./options-schema.ts";
import {
  PLAN_SCHEMA,
  sloMetrics,
  type Deadlines,
  type LengthsPlan,
  type Plan,
  type ScenarioPlan,
  type ThresholdPlan,
} from "../plan.ts";
import { canaryChecksOf, resolveCanaries } from "./resolve-canaries.ts";
import { resolveExecutor } from "./resolve-executor.ts";
import { resolveMetrics } from "./resolve-metrics.ts";
import { resolveRetries } from "./resolve-retries.ts";
import { expandShortcuts } from "./shortcuts.ts";
import { resolveThresholds, type TrafficNames } from "../thresholds.ts";
import { validateOptions, validateScenario } from "./validate.ts";

/** Flags of the command line that change the plan. */
export interface PlanFlags extends TrafficOverrides {
  /** `--peak`, requests per second. */
  readonly peak?: number;
  /** Every `-e KEY=VALUE`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly seed?: number;
  /** `--prompt-tokens` and `--output-tokens`. */
  readonly lengths?: LengthsPlan;
  /** `--no-prompt-cache`. */
  readonly cachePrompt?: false;
}

/** What the plan needs to know of the file; reading it is somebody else's job. */
export interface ScenarioFile {
  /** Without folder and extension. */
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly fileHash: string;
}

export interface Resolved {
  readonly plan: Plan;
  /** What was accepted and has no effect; for the person to know. */
  readonly notes: readonly string[];
}

/**
 * Deadlines unless the scenario sets its own, ms. A first token may wait behind a long queue, so
 * headers have none of their own (servers differ in when they send them).
 */
export const defaultDeadlines: Deadlines = {
  connect: 10_000,
  headers: 0,
  firstContent: 120_000,
  nextContent: 60_000,
  total: 300_000,
};

/** k6's default, for scenarios that switch the total deadline off. */
const K6_GRACEFUL_STOP = 30_000;

/**
 * The plan of a scenario.
 *
 * @param written the `options` as exported, their function already called
 * @throws usage error with the place of everything that is wrong
 */
export function resolvePlan(file: ScenarioFile, written: unknown, flags: PlanFlags): Resolved {
  const { options, notes } = validateOptions(written);
  const deadlines = resolveDeadlines(options.deadlines);
  const traffic = expandShortcuts(options);
  const asWritten = Object.entries(traffic.scenarios).map(([name, scenario]) =>
    resolveScenario(name, validateScenario(name, scenario), { options, deadlines }),
  );
  const scenarios = overrideTraffic(asWritten, flags);
  const canaries = resolveCanaries(options.canaries);
  const canaryChecks = canaryChecksOf(canaries);
  const thresholds = resolveThresholds(options.thresholds, {
    ...trafficNames(asWritten),
    canaryChecks,
  });
  const remaining = trafficNames(scenarios);
  const replaced = flags.vus !== undefined || flags.iterations !== undefined;
  const kept = thresholds.filter((one) => isAbout(one, remaining, replaced));
  const dropped = thresholds.filter((threshold) => !kept.includes(threshold));
  const fromSend = replaced ? kept.filter(({ metric }) => metric in FROM_SEND) : [];
  const retries = resolveRetries(options.retries);
  const plan: Plan = {
    schema: PLAN_SCHEMA,
    name: file.name,
    file: file.file,
    fileHash: file.fileHash,
    seed: flags.seed ?? options.seed ?? 1,
    parameters: parametersOf(flags),
    scenarios,
    slo: { limits: resolveSlo(options.slo) },
    thresholds: kept.map((one) => (fromSend.includes(one) ? judgedFromSend(one) : one)),
    deadlines,
    timeouts: { setup: options.setupTimeout, teardown: options.teardownTimeout },
    // Absent when off, so that plans without them keep their hash.
    ...(flags.lengths !== undefined && { lengths: flags.lengths }),
    ...((flags.cachePrompt ?? options.cachePrompt) === false && { cachePrompt: false }),
    ...(retries !== undefined && { retries }),
    ...(canaries !== undefined && { canaries }),
    ...resolveMetrics(options.metrics),
  };
  return {
    plan,
    notes: [...notes, ...traffic.notes, ...dropped.map(droppedNote), ...fromSend.map(fromSendNote)],
  };
}

/** `peak` and `-e KEY=VALUE` as they stand in the plan. */
export function parametersOf({ peak, env = {} }: PlanFlags): Readonly<Record<string, string>> {
  return peak === undefined ? env : { ...env, peak: String(peak) };
}

function resolveDeadlines(written: ParsedOptions["deadlines"]): Deadlines {
  return {
    connect: written.connect ?? defaultDeadlines.connect,
    headers: written.headers ?? defaultDeadlines.headers,
    firstContent: written.firstContent ?? defaultDeadlines.firstContent,
    nextContent: written.nextContent ?? defaultDeadlines.nextContent,
    total: written.total ?? defaultDeadlines.total,
  };
}

function resolveSlo(written: ParsedOptions["slo"]): Plan["slo"]["limits"] {
  return sloMetrics.flatMap((metric) => {
    const limit = written[metric];
    return limit === undefined ? [] : [{ metric, limit }];
  });
}

function resolveScenario(
  name: string,
  scenario: ParsedScenario,
  { options, deadlines }: { readonly options: ParsedOptions; readonly deadlines: Deadlines },
): ScenarioPlan {
  const { exec, startTime, env, gracefulStop } = scenario;
  return {
    name,
    exec,
    startTime,
    // The longest generations are the ones that k6's 30 s would cut off: wait as long as a
    // request may take.
    gracefulStop: gracefulStop ?? (deadlines.total > 0 ? deadlines.total : K6_GRACEFUL_STOP),
    env,
    tags: { ...options.tags, ...scenario.tags },
    executor: resolveExecutor(scenario),
  };
}

function trafficNames(
  scenarios: readonly ScenarioPlan[],
): Pick<TrafficNames, "phases" | "scenarios"> {
  const phases = scenarios.flatMap(({ executor }) =>
    "segments" in executor
      ? executor.segments.filter((segment) => segment.measured).map((segment) => segment.phase)
      : [executor.phase],
  );
  return { phases: [...new Set(phases)], scenarios: scenarios.map((scenario) => scenario.name) };
}

function isAbout(
  { selector, metric }: ThresholdPlan,
  names: ReturnType<typeof trafficNames>,
  replaced: boolean,
): boolean {
  // Recovery is from a phase of overload, which a closed loop in its place does not have.
  if (replaced && metric === "recovery_time") return false;
  const { phase, scenario } = selector as { readonly phase?: string; readonly scenario?: string };
  return (
    (phase === undefined || names.phases.includes(phase)) &&
    (scenario === undefined || names.scenarios.includes(scenario))
  );
}

function droppedNote(threshold: { readonly key: string; readonly source: string }): string {
  return `threshold ${threshold.key} ${threshold.source} is left out: --vus and --iterations replaced the traffic it is about`;
}

/** A closed loop has no schedule to count from: there, the same limit counts from the send. */
const FROM_SEND: Readonly<Record<string, string>> = {
  ttft_scheduled: "ttft",
  e2e_scheduled: "e2e",
};

function judgedFromSend(threshold: ThresholdPlan): ThresholdPlan {
  const metric = FROM_SEND[threshold.metric] ?? threshold.metric;
  return { ...threshold, metric, key: threshold.key.replace(threshold.metric, metric) };
}

function fromSendNote({ key, source, metric }: ThresholdPlan): string {
  return `threshold ${key} ${source} is judged as ${FROM_SEND[metric] ?? metric}: --vus and --iterations made a closed loop, which has no schedule`;
}
