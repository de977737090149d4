/** The processes with a compute context on a device, and which of them are the server's. */
import { nvmlCodes } from "./nvml-codes.ts";
import type { NvmlFunction, NvmlLibrary } from "./nvml-library.ts";

export interface GpuProcess {
  readonly pid: number;
  /** Memory it holds; all ones where the driver does not know. */
  readonly bytes: bigint;
}

export interface ProcessList {
  readonly code: number;
  readonly processes: readonly GpuProcess[];
  /** Whether a process is the server or a descendant of it; absent where that cannot be known. */
  readonly isServers?: (pid: number) => boolean;
}

export type ListProcesses = () => ProcessList;

/** Bytes of an entry: nvmlProcessInfo_v2_t (pid 0, memory 8, MIG instances 16), and the first. */
const NEW_ENTRY = 24;
const OLD_ENTRY = 16;
const FIRST_ROOM = 32;

export function processLister(
  library: NvmlLibrary,
  handle: bigint,
  isServers: ((pid: number) => boolean) | undefined,
): ListProcesses {
  const { processes: newer, processesV1: older } = library.functions;
  const list = newer ?? older;
  const size = newer === undefined ? OLD_ENTRY : NEW_ENTRY;
  const count = Buffer.alloc(4);
  let entries = Buffer.alloc(size * FIRST_ROOM);
  return () => {
    if (list === undefined) return { code: nvmlCodes.functionMissing, processes: [] };
    let code = ask(list, handle, count, entries, size);
    if (code === nvmlCodes.tooSmall) {
      // Processes may start between the two calls: ask for some more than there were.
      entries = Buffer.alloc(size * (count.readUInt32LE() + FIRST_ROOM));
      code = ask(list, handle, count, entries, size);
    }
    if (code !== nvmlCodes.ok) return { code, processes: [] };
    const processes = Array.from({ length: count.readUInt32LE() }, (_, index) => ({
      pid: entries.readUInt32LE(index * size),
      bytes: entries.readBigUInt64LE(index * size + 8),
    }));
    return isServers === undefined ? { code, processes } : { code, processes, isServers };
  };
}

function ask(
  list: NvmlFunction,
  handle: bigint,
  count: Buffer,
  ...[entries, size]: readonly [Buffer, number]
): number {
  count.writeUInt32LE(entries.length / size);
  return list(handle, count, entries);
}
