/**
 * NVIDIA's management library, bound through koffi: each function on its own, by the first of its
 * names that this driver's library has, because libraries of every age are about.
 *
 * A device handle is an opaque pointer and travels as a BigInt; every out-parameter is a Buffer
 * that the caller has allocated once, so that a read allocates nothing.
 */
import { messageOf } from "../../../core/errors.ts";

/** Our name for a function: its C names, newest first, and its parameters in koffi's words. */
const SIGNATURES = {
  init: [["nvmlInit_v2"], []],
  shutdown: [["nvmlShutdown"], []],
  driverVersion: [["nvmlSystemGetDriverVersion"], ["void *", "uint32"]],
  cudaVersion: [
    ["nvmlSystemGetCudaDriverVersion_v2", "nvmlSystemGetCudaDriverVersion"],
    ["void *"],
  ],
  count: [["nvmlDeviceGetCount_v2"], ["void *"]],
  handleByIndex: [["nvmlDeviceGetHandleByIndex_v2"], ["uint32", "void *"]],
  name: [["nvmlDeviceGetName"], ["uintptr_t", "void *", "uint32"]],
  uuid: [["nvmlDeviceGetUUID"], ["uintptr_t", "void *", "uint32"]],
  utilization: [["nvmlDeviceGetUtilizationRates"], ["uintptr_t", "void *"]],
  memory: [["nvmlDeviceGetMemoryInfo"], ["uintptr_t", "void *"]],
  memoryV2: [["nvmlDeviceGetMemoryInfo_v2"], ["uintptr_t", "void *"]],
  powerUsage: [["nvmlDeviceGetPowerUsage"], ["uintptr_t", "void *"]],
  powerLimit: [["nvmlDeviceGetEnforcedPowerLimit"], ["uintptr_t", "void *"]],
  totalEnergy: [["nvmlDeviceGetTotalEnergyConsumption"], ["uintptr_t", "void *"]],
  temperature: [["nvmlDeviceGetTemperature"], ["uintptr_t", "int", "void *"]],
  temperatureV: [["nvmlDeviceGetTemperatureV"], ["uintptr_t", "void *"]],
  clock: [["nvmlDeviceGetClockInfo"], ["uintptr_t", "int", "void *"]],
  setClock: [["nvmlDeviceGetApplicationsClock"], ["uintptr_t", "int", "void *"]],
  defaultClock: [["nvmlDeviceGetDefaultApplicationsClock"], ["uintptr_t", "int", "void *"]],
  throttleReasons: [
    ["nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"],
    ["uintptr_t", "void *"],
  ],
  processes: [
    ["nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"],
    ["uintptr_t", "void *", "void *"],
  ],
  processesV1: [["nvmlDeviceGetComputeRunningProcesses"], ["uintptr_t", "void *", "void *"]],
  fieldValues: [["nvmlDeviceGetFieldValues"], ["uintptr_t", "int", "void *"]],
  migMode: [["nvmlDeviceGetMigMode"], ["uintptr_t", "void *", "void *"]],
} as const satisfies Readonly<Record<string, readonly [readonly string[], readonly string[]]>>;

export type NvmlFunctionName = keyof typeof SIGNATURES;

export type NvmlParameter = number | bigint | Buffer;

/** Returns NVML's return code. */
export type NvmlFunction = (...parameters: readonly NvmlParameter[]) => number;

/** A library in hand: what it has of the functions we know. */
export interface NvmlLibrary {
  readonly path: string;
  readonly functions: Readonly<Partial<Record<NvmlFunctionName, NvmlFunction>>>;
}

export type LoadedNvml =
  { readonly library: NvmlLibrary } | { readonly reason: string; readonly advice: string };

/** The one function of koffi that we use; handed in so that its absence can be tested. */
export interface ForeignLibraries {
  load(path: string): {
    func(name: string, result: string, parameters: string[]): unknown;
  };
}

export type LoadKoffi = () => Promise<ForeignLibraries>;

const importKoffi: LoadKoffi = async () => (await import("koffi")).default;

/** Loads the library from the first of the paths where there is one. Nothing is called yet. */
export async function loadNvml(
  paths: readonly string[],
  loadKoffi: LoadKoffi = importKoffi,
): Promise<LoadedNvml> {
  let koffi: ForeignLibraries;
  try {
    koffi = await loadKoffi();
  } catch (thrown) {
    return {
      reason: `the package koffi, with which NVML is called, cannot be loaded: ${messageOf(thrown)}`,
      advice: "npm install koffi (an optional dependency; it comes compiled)",
    };
  }
  const failures: string[] = [];
  for (const path of paths) {
    try {
      return { library: { path, functions: bindAll(koffi.load(path)) } };
    } catch (thrown) {
      failures.push(`${path}: ${messageOf(thrown)}`);
    }
  }
  return {
    reason: `no NVIDIA management library: ${failures.join("; ")}`,
    advice:
      "on a machine with an NVIDIA GPU install its driver (in a container: --gpus all); NVML_LIB=PATH names the library",
  };
}

type Loaded = ReturnType<ForeignLibraries["load"]>;

function bindAll(loaded: Loaded): NvmlLibrary["functions"] {
  const functions: Partial<Record<NvmlFunctionName, NvmlFunction>> = {};
  for (const [name, [symbols, parameters]] of Object.entries(SIGNATURES)) {
    const bound = bindFirst(loaded, symbols, parameters);
    if (bound !== undefined) functions[name as NvmlFunctionName] = bound;
  }
  return functions;
}

function bindFirst(
  loaded: Loaded,
  symbols: readonly string[],
  parameters: readonly string[],
): NvmlFunction | undefined {
  for (const symbol of symbols) {
    try {
      return loaded.func(symbol, "int", [...parameters]) as NvmlFunction;
    } catch {
      // A library of another age: it has the next name, or does not have it at all.
    }
  }
  return undefined;
}

/** Where the library lies, likeliest first. `NVML_LIB` alone counts where it is set. */
export function nvmlPaths(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const own = env["NVML_LIB"];
  if (own !== undefined && own !== "") return [own];
  if (platform === "win32") {
    const root = env["SystemRoot"] ?? "C:\\Windows";
    const programs = env["ProgramFiles"] ?? "C:\\Program Files";
    return [`${root}\\System32\\nvml.dll`, `${programs}\\NVIDIA Corporation\\NVSMI\\nvml.dll`];
  }
  if (platform !== "linux") return [];
  return ["libnvidia-ml.so.1", "/usr/lib/wsl/lib/libnvidia-ml.so.1"];
}
