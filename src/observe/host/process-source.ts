/** CPU time and memory of a process, with its children or without. */
import { join } from "node:path";
import { throttlingReader } from "../cpu-throttling.ts";
import { KeptFile } from "../kept-file.ts";
import { growth } from "../rate.ts";
import type { Found, ProbeContext, Reading, Source } from "../source.ts";
import { kernelUnits, type KernelUnits } from "./auxiliary.ts";
import { familyOf, processStat, type ProcessStat } from "./process-tree.ts";

export interface WatchedProcess {
  /** `server-process` or `client`. */
  readonly source: string;
  readonly pid: number;
  /** Whether what it starts belongs to it. */
  readonly children: boolean;
}

/** Who belongs to the family is looked up so often, ms: that reads all of /proc. */
const LOOK_UP = 10_000;

export function probeLinuxProcess(watched: WatchedProcess, { root, clock }: ProbeContext): Found {
  const units = kernelUnits(root);
  const family = new Family(watched, root);
  const throttled = throttlingReader(root, String(watched.pid));
  const coresUsed = growth();
  const take = (): Reading => {
    const begun = clock.now();
    const sum = family.read(begun, units);
    const at = (begun + clock.now()) / 2;
    const { seconds, bytes, threads } = sum;
    const share = throttled();
    const values = {
      proc_cpu: coresUsed(at, seconds * 1000),
      proc_cpu_time: seconds,
      proc_rss: bytes,
      proc_threads: threads,
      proc_cpu_throttled: share === undefined ? undefined : Math.round(share * 1e4) / 1e4,
    };
    return { source: watched.source, at, values };
  };
  try {
    take();
  } catch (error) {
    family.close();
    return { unavailable: unavailable(watched, error) };
  }
  const gives = ["proc_cpu", "proc_cpu_time", "proc_rss", "proc_threads", "proc_cpu_throttled"];
  const source: Source = {
    kind: "proc",
    tiers: ["medium"],
    facts: [{ source: watched.source, kind: "proc", gives, missing: {} }],
    read: () => [take()],
    close: () => {
      family.close();
    },
  };
  return { source };
}

function unavailable({ pid }: WatchedProcess, error: unknown): { kind: string; reason: string } {
  const why = error instanceof Error ? error.message : String(error);
  return { kind: "proc", reason: `process ${pid}: ${why}` };
}

interface FamilySum {
  /** CPU time of all, those that have ended included, s. */
  readonly seconds: number;
  readonly bytes: number;
  readonly threads: number;
}

class Family {
  readonly #watched: WatchedProcess;
  readonly #root: string;
  readonly #files = new Map<number, KeptFile>();
  #lookedUp = -Infinity;
  #started: number | undefined;

  constructor(watched: WatchedProcess, root: string) {
    this.#watched = watched;
    this.#root = root;
  }

  /** @throws when the process itself has ended */
  read(now: number, units: KernelUnits): FamilySum {
    if (now - this.#lookedUp >= LOOK_UP) this.#lookUp(now);
    let [ticks, pages, threads] = [0, 0, 0];
    for (const [pid, file] of this.#files) {
      const stat = this.#statOf(pid, file);
      if (stat === undefined) continue;
      // What a child used is in its parent's sum once it has ended and was waited for.
      ticks += stat.ticks + (this.#watched.children ? stat.endedTicks : 0);
      pages += stat.pages;
      threads += stat.threads;
    }
    return { seconds: ticks / units.ticks, bytes: pages * units.page, threads };
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  #statOf(pid: number, file: KeptFile): ProcessStat | undefined {
    const stat = processStat(file.peek() ?? "");
    if (pid !== this.#watched.pid) return stat;
    if (stat === undefined) throw new Error("it has ended, or cannot be seen");
    this.#started ??= stat.started;
    if (stat.started !== this.#started) throw new Error("it has ended; its number is another's");
    return stat;
  }

  #lookUp(now: number): void {
    const { pid, children } = this.#watched;
    const family = new Set(children ? familyOf(this.#root, pid) : [pid]);
    for (const [member, file] of this.#files) {
      if (family.has(member)) continue;
      file.close();
      this.#files.delete(member);
    }
    for (const member of family) {
      if (this.#files.has(member)) continue;
      this.#files.set(member, new KeptFile(join(this.#root, "proc", String(member), "stat")));
    }
    this.#lookedUp = now;
  }
}
