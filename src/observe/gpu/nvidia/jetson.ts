/**
 * NVIDIA Jetson by `tegrastats`: boards without NVML. A line's fields differ by board and release:
 * each is looked for by its name. Memory is shared with the CPU; power is that of the rail the GPU
 * hangs on, which on most boards feeds more than the GPU.
 */
import type { SeriesName } from "../../../core/telemetry.ts";
import type { Probe } from "../../source.ts";
import { streamProbe } from "../stream-source.ts";

type Values = Partial<Record<SeriesName, number>>;

export function jetsonProbe(pause?: number): Probe {
  return streamProbe(
    {
      kind: "tegrastats",
      source: "jetson:0",
      name: "NVIDIA Jetson",
      command: { program: "tegrastats", parameters: ["--interval", "100"] },
      platform: "linux",
      separator: "\n",
      read: readTegrastats,
      never: {
        gpu_memory_used: "memory is shared with the CPU",
        gpu_energy: "tegrastats tells power only",
      },
      advice: "tegrastats is part of Jetson Linux; on other machines there is nothing to do",
    },
    pause,
  );
}

/** Rails of the GPU, the narrowest first: Thor, Orin, Xavier, and the whole board of older ones. */
const RAILS = ["VDD_GPU", "VDD_GPU_SOC", "VDD_CPU_GPU_CV", "GPU"];

/** One line: `GR3D_FREQ 12%@[1300,1300]`, `gpu@47.6C`, `VDD_GPU_SOC 5139mW/5139mW`. */
export function readTegrastats(line: string): Values | undefined {
  if (!/\bRAM \d+\/\d+MB\b/.test(line)) return undefined;
  const [, share, clock] = /\bGR3D(?:_FREQ)? (\d+)%(?:@\[?(\d+))?/.exec(line) ?? [];
  const heat = /\bgpu@(-?[\d.]+)C/i.exec(line)?.[1];
  const power = RAILS.map((rail) => new RegExp(`\\b${rail} (\\d+)(?:mW)?/\\d`).exec(line)).find(
    (match) => match !== null,
  );
  return {
    ...(share !== undefined && { gpu_utilization: Number(share) }),
    ...(clock !== undefined && { gpu_clock_sm: Number(clock) }),
    // A sensor that is switched off reads -256.
    ...(heat !== undefined && Number(heat) > -200 && { gpu_temperature: Number(heat) }),
    ...(power !== undefined && { gpu_power: Number(power[1]) / 1e3 }),
  };
}
