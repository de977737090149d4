/**
 * The fake NVML library, compiled once for each version of its source, and its scripted waveform
 * (see the head of fake-nvml.c). Needs a C compiler (`cc`).
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { keptFolder } from "../kept-folder.ts";

const SOURCE = fileURLToPath(new URL("fake-nvml.c", import.meta.url));

/** `old`: without the functions that drivers before about 450 lack. */
export type FakeNvmlVariant = "new" | "old";

/** Path of the compiled library: the value for NVML_LIB. */
export function fakeNvml(variant: FakeNvmlVariant = "new"): string {
  const hash = createHash("sha256").update(readFileSync(SOURCE)).digest("hex").slice(0, 16);
  const folder = keptFolder(`fake-nvml-${hash}`);
  const library = join(folder, `libnvidia-ml-${variant}.so.1`);
  if (existsSync(library)) return library;
  mkdirSync(folder, { recursive: true });
  const build = mkdtempSync(join(folder, "build-"));
  const own = join(build, "library.so");
  const flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"];
  if (variant === "old") flags.push("-DFAKE_NVML_OLD");
  try {
    execFileSync("cc", [...flags, "-o", own, SOURCE], { stdio: ["ignore", "pipe", "pipe"] });
  } catch (thrown) {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(`the NVML tests need a C compiler (cc): ${text}`, { cause: thrown });
  }
  renameSync(own, library); // whole or not at all: other test files compile it at the same time
  rmSync(build, { recursive: true });
  return library;
}

/** The default waveform of device 0: watts, ms, and the joules of one whole period. */
export const fakeWaveform = {
  highW: 400,
  lowW: 100,
  periodMs: 2000,
  joulesPerPeriod: 500,
  deviceStepW: 10,
} as const;

/** Power of a device at a moment of the monotonic clock (ms), W. */
export function fakePower(device: number, at: number): number {
  const { highW, lowW, periodMs, deviceStepW } = fakeWaveform;
  return (at % periodMs < periodMs / 2 ? highW : lowW) + deviceStepW * device;
}

/** Energy of a device between two moments of the monotonic clock (ms), J; exact. */
export function fakeEnergy(device: number, from: number, to: number): number {
  return energyUntil(device, to) - energyUntil(device, from);
}

function energyUntil(device: number, at: number): number {
  const { highW, lowW, periodMs, deviceStepW } = fakeWaveform;
  const half = periodMs / 2;
  const high = Math.floor(at / periodMs) * half + Math.min(at % periodMs, half);
  return (
    (high * (highW + deviceStepW * device) + (at - high) * (lowW + deviceStepW * device)) / 1e3
  );
}
