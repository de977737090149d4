/**
 * Apple's GPUs, by `powermetrics` (part of macOS; root only) or `macmon` (needs no root). Both tell
 * what a model of the chip estimates, not what a sensor measures. Memory is shared with the CPU, so
 * there is none of the GPU's own.
 */
import type { SeriesName } from "../../core/telemetry.ts";
import type { Probe } from "../source.ts";
import { streamProbe } from "./stream-source.ts";

type Values = Partial<Record<SeriesName, number>>;

const NEVER = {
  gpu_memory_used: "memory is shared with the CPU",
  gpu_energy: "macOS tells power only",
};
const INTERVAL = 200;

export function powermetricsProbe(pause?: number): Probe {
  const sampled = ["-i", `${INTERVAL}`, "-f", "plist", "--samplers", "gpu_power,cpu_power"];
  return streamProbe(
    {
      kind: "powermetrics",
      source: "apple:0",
      name: "Apple GPU",
      command: { program: "powermetrics", parameters: sampled },
      platform: "darwin",
      separator: "\0",
      read: readPowermetrics,
      never: NEVER,
      advice: "powermetrics needs root (sudo plimsoll ...); macmon does not: brew install macmon",
    },
    pause,
  );
}

export function macmonProbe(pause?: number): Probe {
  return streamProbe(
    {
      kind: "macmon",
      source: "apple:0",
      name: "Apple GPU",
      command: { program: "macmon", parameters: ["pipe", "-i", `${INTERVAL}`] },
      platform: "darwin",
      separator: "\n",
      read: readMacmon,
      never: NEVER,
      advice: "brew install macmon",
    },
    pause,
  );
}

/** One property list. Power in mW; the GPU's own dictionary has its clock and idle share. */
export function readPowermetrics(plist: string): Values | undefined {
  if (!plist.includes("<plist")) return undefined;
  const gpu = plist.slice(Math.max(0, plist.search(/<key>gpu<\/key>/i)));
  const [idle, clock] = [numberOf(gpu, "idle_ratio"), numberOf(gpu, "freq_hz")];
  const power = numberOf(plist, "gpu_power");
  return {
    ...(idle !== undefined && { gpu_utilization: 100 * (1 - idle) }),
    ...(power !== undefined && { gpu_power: power / 1e3 }),
    // Named Hz, and told in MHz by the versions seen; a GPU runs at more than 10 kHz.
    ...(clock !== undefined && { gpu_clock_sm: clock > 1e4 ? clock / 1e6 : clock }),
  };
}

function numberOf(plist: string, key: string): number | undefined {
  const pattern = new RegExp(`<key>${key}</key>\\s*<(?:real|integer)>([^<]+)<`);
  const value = Number(pattern.exec(plist)?.[1] ?? NaN);
  return Number.isFinite(value) ? value : undefined;
}

/** One line of JSON: `gpu_usage` is [MHz, share], power in W. */
export function readMacmon(line: string): Values | undefined {
  const report = parsed(line);
  if (report === undefined) return undefined;
  const { gpu_usage: usage, gpu_power: power, temp } = report;
  const [clock, share] = Array.isArray(usage) ? (usage as readonly unknown[]) : [];
  const heat = (temp as Readonly<Record<string, unknown>> | undefined)?.["gpu_temp_avg"];
  return {
    ...(typeof share === "number" && { gpu_utilization: 100 * share }),
    ...(typeof clock === "number" && { gpu_clock_sm: clock }),
    ...(typeof power === "number" && { gpu_power: power }),
    ...(typeof heat === "number" && heat > 0 && { gpu_temperature: heat }),
  };
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
