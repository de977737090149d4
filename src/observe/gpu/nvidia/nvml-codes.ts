/**
 * NVML's return codes, and what each means to somebody who goes on sampling. Source: nvml.h, API 13.
 */

/**
 * `unsupported` - this metric, on this device, never;
 * `lost` - the device has gone, and all its metrics with it;
 * `retry` - not now; it may well work at the next read.
 */
export type NvmlOutcome = "ok" | "unsupported" | "lost" | "retry";

export const nvmlCodes = {
  ok: 0,
  unsupported: 3,
  noPermission: 4,
  tooSmall: 7,
  driverNotLoaded: 9,
  functionMissing: 13,
  versionMismatch: 18,
} as const;

const UNSUPPORTED: readonly number[] = [3, 13, 25, 26];
const LOST: readonly number[] = [15, 16, 18];

export function outcomeOf(code: number): NvmlOutcome {
  if (code === nvmlCodes.ok) return "ok";
  if (UNSUPPORTED.includes(code)) return "unsupported";
  return LOST.includes(code) ? "lost" : "retry";
}

const TEXTS: Readonly<Record<number, string>> = {
  1: "NVML is not initialized",
  2: "invalid argument",
  3: "not supported by this device",
  4: "no permission",
  6: "not found",
  7: "the buffer is too small",
  9: "the driver is not loaded",
  12: "the driver's library could not be loaded",
  13: "the driver's library lacks this function",
  15: "the GPU is lost",
  16: "the GPU must be reset",
  18: "the driver and its library are of different versions",
  21: "no data",
  25: "the driver knows another version of the structure",
  26: "deprecated, and no longer answered",
  27: "not ready",
  999: "unknown error of the driver",
};

/** A code in words, its number kept: `not supported by this device (NVML 3)`. */
export function nvmlText(code: number): string {
  return `${TEXTS[code] ?? "an error of the driver"} (NVML ${code})`;
}

const ADVICE: Readonly<Record<number, string>> = {
  4: "run as a user who may open /dev/nvidia* (in a container: start it with --gpus all)",
  9: "load the driver (modprobe nvidia), or reboot if it was just installed",
  12: "install the driver's libraries of the same version as the kernel module",
  18: "the driver was updated under a running kernel module: reboot, or reload the module",
};

export function nvmlAdvice(code: number): string | undefined {
  return ADVICE[code];
}
