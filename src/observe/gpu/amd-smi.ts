/**
 * AMD GPUs by AMD's own programs, where the driver's files cannot be read: `amd-smi`, and the older
 * `rocm-smi`. Both are Python programs that take about a second to start, so a reading is one
 * process a second at best, and is dated to the middle of that process's life.
 */
import type { SeriesName } from "../../core/telemetry.ts";
import type { Found, Probe, ProbeContext, Reading, Source } from "../source.ts";
import { models } from "./fingerprint-fields.ts";
import { readAmdSmi, readRocmSmi, type AmdDevice } from "./amd-smi-pages.ts";
import { runOnce, type Command } from "./run-once.ts";

interface Tool {
  readonly kind: string;
  readonly command: Command;
  readonly read: (text: string) => readonly AmdDevice[] | undefined;
}

const amdSmi: Tool = {
  kind: "amd-smi",
  command: { program: "amd-smi", parameters: ["metric", "--json"] },
  read: readAmdSmi,
};

const SHOWN = ["use", "memuse", "power", "temp", "clocks", "productname"].map(
  (what) => `--show${what}`,
);

const rocmSmi: Tool = {
  kind: "rocm-smi",
  command: { program: "rocm-smi", parameters: [...SHOWN, "--showmeminfo", "vram", "--json"] },
  read: readRocmSmi,
};

export const amdSmiProbe: Probe = (context) => look(amdSmi, context);
export const rocmSmiProbe: Probe = (context) => look(rocmSmi, context);

const PATIENCE = 8000;

async function look(tool: Tool, context: ProbeContext): Promise<Found> {
  const { kind, command } = tool;
  const first = await runOnce(command, context.env, PATIENCE);
  const advice = "it comes with ROCm; is it on the PATH?";
  if (!first.ok) return { unavailable: { kind, reason: first.reason, advice } };
  const devices = tool.read(first.output);
  if (devices === undefined || devices.length === 0) {
    const reason = `${kind}: no devices in its answer: ${first.output.trim().slice(0, 100)}`;
    return { unavailable: { kind, reason } };
  }
  return { source: sourceOf(tool, devices, context) };
}

function sourceOf(tool: Tool, devices: readonly AmdDevice[], context: ProbeContext): Source {
  const { kind, command } = tool;
  const { clock, env } = context;
  return {
    kind,
    tiers: ["medium"],
    facts: devices.map(({ index, name, values }) => ({
      source: labelOf(index),
      kind,
      gives: Object.keys(values),
      missing: missingIn(values),
      device: { index, ...(name !== undefined && { name }) },
    })),
    fingerprint: { "gpu.models": models(devices.map(({ name }) => name ?? "AMD GPU")) },
    async read() {
      const began = clock.now();
      const answer = await runOnce(command, env, PATIENCE);
      const at = (began + clock.now()) / 2;
      if (!answer.ok) throw new Error(answer.reason);
      const readings = (tool.read(answer.output) ?? []).map(({ index, values }): Reading => ({
        source: labelOf(index),
        at,
        values,
      }));
      if (readings.length === 0) throw new Error(`${kind}: no devices in its answer`);
      return readings;
    },
    close: () => undefined,
  };
}

function labelOf(index: number): string {
  return `amd:${index}`;
}

const USUAL: readonly SeriesName[] = [
  "gpu_utilization",
  "gpu_power",
  "gpu_memory_used",
  "gpu_temperature",
  "gpu_clock_sm",
];

function missingIn(values: AmdDevice["values"]): Record<string, string> {
  const absent = USUAL.filter((series) => values[series] === undefined);
  return Object.fromEntries(absent.map((series) => [series, "it says N/A, or nothing"]));
}
