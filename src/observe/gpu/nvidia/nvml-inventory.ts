/** What NVML knows of the machine once and for all: devices by name, versions, policies. */
import type { Fingerprint } from "../../../core/fingerprint.ts";
import { models, sameOrList } from "../fingerprint-fields.ts";
import { nvmlCodes } from "./nvml-codes.ts";
import type { NvmlFunctionName, NvmlLibrary } from "./nvml-library.ts";
import type { DeviceIdentity } from "./nvml-device.ts";

const TEXT_SIZE = 96;

/** A text that NVML writes: driver version, name, UUID. */
function readText(
  { functions }: NvmlLibrary,
  name: NvmlFunctionName,
  handle?: bigint,
): string | undefined {
  const buffer = Buffer.alloc(TEXT_SIZE);
  const parameters = handle === undefined ? [buffer, TEXT_SIZE] : [handle, buffer, TEXT_SIZE];
  if (functions[name]?.(...parameters) !== nvmlCodes.ok) return undefined;
  return buffer.toString("utf8", 0, Math.max(0, buffer.indexOf(0)));
}

/** A 32-bit number that NVML writes, after parameters that choose it. */
function readUint(
  { functions }: NvmlLibrary,
  name: NvmlFunctionName,
  ...parameters: readonly (number | bigint)[]
): number | undefined {
  const buffer = Buffer.alloc(4);
  const code = functions[name]?.(...parameters, buffer);
  return code === nvmlCodes.ok ? buffer.readUInt32LE() : undefined;
}

export function countDevices(library: NvmlLibrary): number {
  return readUint(library, "count") ?? 0;
}

/** @returns the device, or the code with which NVML refuses it */
export function identify(library: NvmlLibrary, index: number): DeviceIdentity | number {
  const buffer = Buffer.alloc(8);
  const code = library.functions.handleByIndex?.(index, buffer) ?? nvmlCodes.functionMissing;
  if (code !== nvmlCodes.ok) return code;
  const handle = buffer.readBigUInt64LE();
  const uuid = readText(library, "uuid", handle);
  const name = readText(library, "name", handle);
  return {
    index,
    handle,
    ...(uuid !== undefined && { uuid }),
    ...(name !== undefined && { name }),
  };
}

/** The `gpu.*` fields of core/fingerprint.ts, as far as they are known. */
export function nvmlFingerprint(
  library: NvmlLibrary,
  devices: readonly DeviceIdentity[],
): Fingerprint {
  const driver = readText(library, "driverVersion");
  const cuda = readUint(library, "cudaVersion");
  const all = <T>(read: (device: DeviceIdentity) => T | undefined): T | string | undefined =>
    sameOrList(devices.map(read));
  const fields = {
    "gpu.models": models(devices.map(({ name }) => name ?? "unknown NVIDIA device")),
    "gpu.memory": all(({ handle }) => memoryTotal(library, handle)),
    "gpu.mig": all(({ handle }) => migMode(library, handle)),
    "gpu.driver": driver,
    "gpu.driver_major": driver === undefined ? undefined : Number.parseInt(driver, 10),
    "gpu.cuda": cuda === undefined ? undefined : cudaText(cuda),
    "gpu.power_limit": all(({ handle }) => {
      const milliwatts = readUint(library, "powerLimit", handle);
      return milliwatts === undefined ? undefined : milliwatts / 1e3;
    }),
    "gpu.clocks_policy": all(({ handle }) => clocksPolicy(library, handle)),
  };
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function cudaText(version: number): string {
  return `${String(Math.floor(version / 1000))}.${String(Math.floor((version % 1000) / 10))}`;
}

function memoryTotal({ functions }: NvmlLibrary, handle: bigint): number | undefined {
  const memory = Buffer.alloc(24);
  if (functions.memory?.(handle, memory) !== nvmlCodes.ok) return undefined;
  return Number(memory.readBigUInt64LE());
}

function migMode({ functions }: NvmlLibrary, handle: bigint): string | undefined {
  const current = Buffer.alloc(4);
  if (functions.migMode?.(handle, current, Buffer.alloc(4)) !== nvmlCodes.ok) return undefined;
  return current.readUInt32LE() === 1 ? "on" : "off";
}

/** Whether somebody has set clocks (`nvidia-smi -ac`), of SM and memory, MHz. */
function clocksPolicy(library: NvmlLibrary, handle: bigint): string | undefined {
  const clocks = (name: NvmlFunctionName): readonly (number | undefined)[] =>
    [1, 2].map((type) => readUint(library, name, handle, type));
  const set = clocks("setClock");
  const usual = clocks("defaultClock");
  if ([...set, ...usual].includes(undefined)) return undefined;
  const isDefault = set.every((mhz, index) => mhz === usual[index]);
  return isDefault ? "default" : `set to ${set.map(String).join("/")} MHz (SM/memory)`;
}
