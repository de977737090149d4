/** All that the machines did in some windows, with what it took a token and a request. */
import type { RunAccounting } from "../../core/records.ts";
import type { SourceLine } from "../../core/telemetry-lines.ts";
import { present } from "../../core/present.ts";
import { lengthOf, type Span } from "../collect/spans.ts";
import { costOf } from "./cost.ts";
import { energyOf } from "./energy.ts";
import { gpusOf, type GpusUsed } from "./gpu-usage.ts";
import { SourceReadings, sourcesWith, type Readings } from "./levels.ts";
import { hostsOf, processesOf, serverUsage } from "./server-usage.ts";
import { told, type Energy, type Told, type TotalEnergy, type Usage } from "./usage.ts";

export interface UsageFacts extends Readings {
  readonly sources: ReadonlyMap<string, SourceLine>;
  readonly accounting: RunAccounting | undefined;
  /** In which the ready server was left alone. */
  readonly idle: Span | undefined;
  /** The server is known to run on another machine than the client. */
  readonly elsewhere: boolean;
  /** Work of the windows; absent where it cannot be told from other work. */
  readonly work: Work | undefined;
}

export interface Work {
  /** Received inside the windows. */
  readonly outputTokens: number;
  /** Prompt tokens computed for requests of the windows; cached ones excluded where known. */
  readonly promptTokens: number | undefined;
  /** Requests of the windows that succeeded. */
  readonly requests: number;
}

export function usageOf(facts: UsageFacts): Usage {
  const used = gpusOf(facts, { sources: facts.sources, chosen: facts.accounting?.gpus });
  const energy = totalEnergy(used, facts);
  return present({
    gpus: used.gpus,
    energy,
    cost: costOf({
      accounting: facts.accounting,
      gpus: paidGpus(used, facts.accounting),
      outputTokensPerSecond: perSecond(facts),
      joulesPerOutputToken: joulesPerToken(energy),
    }),
    server: serverUsage(facts),
    hosts: hostsOf(facts),
    processes: processesOf(facts),
  });
}

function perSecond({ work, windows }: UsageFacts): number | undefined {
  const ms = lengthOf(windows);
  return work === undefined || ms === 0 ? undefined : (work.outputTokens / ms) * 1000;
}

function joulesPerToken(energy: Told<TotalEnergy> | undefined): Told<number> {
  if (energy === undefined) return { absent: "nothing here tells energy or power" };
  if ("absent" in energy) return energy;
  return energy.perOutputToken ?? { absent: "no output token was received" };
}

function paidGpus({ gpus }: GpusUsed, accounting: RunAccounting | undefined): Told<number> {
  const count = accounting?.gpus?.length ?? gpus.filter(({ counted }) => counted).length;
  if (count > 0) return count;
  return { absent: "it is not known how many GPUs the server uses: say so with --gpus" };
}

function totalEnergy(used: GpusUsed, facts: UsageFacts): Told<TotalEnergy> | undefined {
  const parts = partsOf(used, facts);
  if (parts === undefined || "absent" in parts) return parts;
  const first = parts.energies.find((one) => "absent" in one);
  if (first !== undefined && "absent" in first) return first;
  const energies = parts.energies.flatMap((one) => told(one) ?? []);
  const { scope, selection } = parts;
  return {
    scope,
    devices: energies.length,
    selection,
    ...sumOf(energies),
    ...shares(sumOf(energies).joules, facts.work),
    ...idleOf(used, facts, sumOf(energies).joules),
  };
}

interface Parts {
  readonly scope: TotalEnergy["scope"];
  readonly selection: TotalEnergy["selection"];
  readonly energies: readonly Told<Energy>[];
}

/** The devices whose energy is summed; undefined where none tells of energy or power. */
function partsOf(used: GpusUsed, facts: UsageFacts): Told<Parts> | undefined {
  const counted = used.gpus.filter((gpu) => gpu.counted);
  if (used.gpus.length > 0 && counted.length === 0)
    return { absent: "the server holds memory on none of the GPUs" };
  if (counted.length > 0) {
    const silent = counted.filter(({ energy }) => energy === undefined);
    if (silent.length === counted.length) return undefined;
    if (silent.length > 0) return { absent: `${silent[0]?.source ?? ""} does not tell its power` };
    const energies = counted.flatMap(({ energy }) => energy ?? []);
    return { scope: "gpu", selection: used.selection, energies };
  }
  const energies = cpuEnergies(facts, facts.windows);
  return energies.length === 0 ? undefined : { scope: "cpu", selection: "all", energies };
}

function cpuEnergies(facts: UsageFacts, windows: readonly Span[]): readonly Told<Energy>[] {
  // Sources on other machines have its name behind an @, or are an agent's.
  const sources = sourcesWith(facts.samples, "host_cpu_energy").filter(
    (source) => !facts.elsewhere || /@|^agent:/.test(source),
  );
  return sources.flatMap((source) => {
    const host = new SourceReadings(source, facts);
    const series = { counter: host.series("host_cpu_energy"), restarts: host.restarts };
    return energyOf(series, windows) ?? [];
  });
}

function sumOf(
  energies: readonly Energy[],
): Pick<TotalEnergy, "joules" | "watts" | "by" | "error" | "disagreement"> {
  const sum = (pick: (one: Energy) => number): number =>
    energies.reduce((total, one) => total + pick(one), 0);
  const joules = sum((one) => one.joules);
  // Sensors of one kind err in the same direction: errors add up instead of cancelling out.
  const error = joules === 0 ? 0 : sum((one) => one.error * one.joules) / joules;
  const disagreements = energies.flatMap(({ disagreement }) => disagreement ?? []);
  const worst = disagreements.length === 0 ? undefined : Math.max(...disagreements);
  return {
    joules,
    watts: sum((one) => one.watts),
    by: energies.every(({ by }) => by === "counter") ? "counter" : "power",
    error,
    ...present({ disagreement: worst }),
  };
}

function shares(
  joules: number,
  work: Work | undefined,
): Pick<TotalEnergy, "perOutputToken" | "perTotalToken" | "perRequest"> {
  if (work === undefined) return {};
  const { outputTokens, promptTokens, requests } = work;
  const per = (count: number | undefined): number | undefined =>
    count === undefined || count === 0 ? undefined : joules / count;
  return present({
    perOutputToken: per(outputTokens),
    perTotalToken: per(promptTokens === undefined ? undefined : promptTokens + outputTokens),
    perRequest: per(requests),
  });
}

/** Shorter than this an idle server says little, ms (telemetry 7). */
const LEAST_IDLE = 10_000;

function idleOf(
  used: GpusUsed,
  facts: UsageFacts,
  gross: number,
): Pick<TotalEnergy, "idle" | "net"> {
  const { idle, windows, work } = facts;
  const length = idle === undefined ? 0 : idle.end - idle.start;
  if (idle === undefined || length < LEAST_IDLE)
    return { idle: { absent: `the server was not idle for 10 s before the load (--idle-before)` } };
  const parts = partsOf(gpusOfIdle(used, facts, idle), { ...facts, windows: [idle] });
  const energies = parts === undefined || "absent" in parts ? [] : parts.energies;
  const known = energies.flatMap((one) => told(one) ?? []);
  if (known.length === 0 || known.length < energies.length)
    return { idle: { absent: "power before the load is not known" } };
  const watts = known.reduce((sum, one) => sum + one.watts, 0);
  const joules = Math.max(0, gross - (watts * lengthOf(windows)) / 1000);
  return {
    idle: { watts, seconds: length / 1000 },
    net: { joules, ...shares(joules, work) },
  };
}

/** The same devices, before the load. */
function gpusOfIdle(used: GpusUsed, facts: UsageFacts, idle: Span): GpusUsed {
  const counted = new Set(used.gpus.flatMap((gpu) => (gpu.counted ? [gpu.source] : [])));
  const before = gpusOf(
    { ...facts, windows: [idle] },
    { sources: facts.sources, chosen: undefined },
  );
  const gpus = before.gpus.map((gpu) => ({ ...gpu, counted: counted.has(gpu.source) }));
  return { ...used, gpus };
}
