/**
 * NVIDIA GPUs of this machine through NVML: no process, a few µs a device. All calls block, so it
 * belongs in the sampler's worker.
 */
import type { Found, Probe, ProbeContext, Reading, Source, Tier } from "../../source.ts";
import { nvmlAdvice, nvmlCodes, nvmlText } from "./nvml-codes.ts";
import { NvmlDevice, type DeviceIdentity } from "./nvml-device.ts";
import { countDevices, identify, nvmlFingerprint } from "./nvml-inventory.ts";
import { loadNvml, nvmlPaths, type LoadKoffi, type NvmlLibrary } from "./nvml-library.ts";
import { serverProcesses } from "../server-processes.ts";

/** A probe whose koffi can be replaced; `nvmlProbe` is the one to use. */
export function nvmlProbeWith(loadKoffi?: LoadKoffi): Probe {
  return async (context) => {
    const paths = nvmlPaths(context.platform, context.env);
    if (paths.length === 0) {
      return unavailable(`NVIDIA has no driver for ${context.platform}`);
    }
    const loaded = await loadNvml(paths, loadKoffi);
    return "library" in loaded
      ? open(loaded.library, context)
      : unavailable(loaded.reason, loaded.advice);
  };
}

export const nvmlProbe: Probe = nvmlProbeWith();

function open(library: NvmlLibrary, context: ProbeContext): Found {
  const code = library.functions.init?.() ?? nvmlCodes.functionMissing;
  if (code !== nvmlCodes.ok) {
    return unavailable(`${library.path}: ${nvmlText(code)}`, nvmlAdvice(code));
  }
  const found = Array.from({ length: countDevices(library) }, (_, i) => identify(library, i));
  const identities = found.filter((device) => typeof device !== "number");
  const isServers = serverProcesses(context);
  const devices = identities.map((identity) => new NvmlDevice(library, identity, isServers));
  const usable = devices.filter(({ lost }) => lost === undefined);
  if (usable.length === 0) {
    library.functions.shutdown?.();
    return unavailable(whyNone(library, found, devices));
  }
  return { source: nvmlSource(library, { identities, devices: usable, context }) };
}

interface Opened {
  readonly identities: readonly DeviceIdentity[];
  readonly devices: readonly NvmlDevice[];
  readonly context: ProbeContext;
}

function nvmlSource(library: NvmlLibrary, { identities, devices, context }: Opened): Source {
  const now = (): number => context.clock.now();
  let isOpen = true;
  return {
    kind: "nvml",
    tiers: ["fast", "medium"],
    fingerprint: nvmlFingerprint(library, identities),
    get facts() {
      return devices.map((device) => device.facts);
    },
    read(tier) {
      if (!isOpen) throw new Error("nvml: closed");
      const readings = devices.flatMap((device) => device.read(tier, now) ?? []);
      if (readings.length === 0) throw new Error(silence(devices, tier));
      return readings satisfies readonly Reading[];
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      library.functions.shutdown?.();
    },
  };
}

function silence(devices: readonly NvmlDevice[], tier: Tier): string {
  return devices.map((device) => `${device.source}: ${device.troubles(tier)}`).join("; ");
}

function whyNone(
  library: NvmlLibrary,
  found: readonly (DeviceIdentity | number)[],
  devices: readonly NvmlDevice[],
): string {
  if (found.length === 0) return `${library.path}: the driver has no device`;
  const refusals = found.flatMap((one) => (typeof one === "number" ? [nvmlText(one)] : []));
  const losses = devices.flatMap(({ lost }) => lost ?? []);
  return `${library.path}: ${[...refusals, ...losses].join("; ")}`;
}

function unavailable(reason: string, advice?: string): Found {
  return { unavailable: { kind: "nvml", reason, ...(advice !== undefined && { advice }) } };
}
