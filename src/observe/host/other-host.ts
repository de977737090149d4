/** CPU and memory of a machine without /proc (macOS, Windows), as `systeminformation` has them. */
import type { Found, ProbeContext, Source } from "../source.ts";
import { HOST_SOURCE } from "./linux-host.ts";

/** The part of `systeminformation` that is used here. */
export interface MachineInformation {
  /** Busy share of all cores since the call before, in percent. */
  currentLoad(): Promise<{ readonly currentLoad: number }>;
  /** Bytes. */
  mem(): Promise<{ readonly total: number; readonly available: number }>;
}

const GIVES = ["host_cpu", "host_memory_used", "host_memory_total"];
const NOT_GIVEN = ["host_swap_in", "host_network_rx", "host_network_tx", "host_disk_read"];

/** @param load loads the library only where it is needed; tests hand in their own */
export async function probeOtherHost(
  { clock, platform }: ProbeContext,
  load: () => Promise<MachineInformation> = loadLibrary,
): Promise<Found> {
  const information = await load();
  const read: Source["read"] = async () => {
    const begun = clock.now();
    const [{ currentLoad }, { total, available }] = await Promise.all([
      information.currentLoad(),
      information.mem(),
    ]);
    // The library writes 0 for what it could not find out.
    if (!(total > 0)) throw new Error("the size of the memory could not be read");
    const values = {
      host_cpu: Math.round(currentLoad * 100) / 1e4,
      host_memory_used: total - available,
      host_memory_total: total,
    };
    return [{ source: HOST_SOURCE, at: (begun + clock.now()) / 2, values }];
  };
  await read("medium"); // says now what it cannot do; the load is counted from here
  const reason = `only CPU and memory can be read on ${platform}`;
  const missing = Object.fromEntries(NOT_GIVEN.map((name) => [name, reason]));
  const facts = [{ source: HOST_SOURCE, kind: "systeminformation", gives: GIVES, missing }];
  return {
    source: {
      ...{ kind: "systeminformation", tiers: ["medium"], facts, read },
      close: () => undefined,
    },
  };
}

async function loadLibrary(): Promise<MachineInformation> {
  const { default: library } = await import("systeminformation");
  return library;
}
