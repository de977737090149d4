/** Processes as /proc shows them: one line of numbers each, and who started whom. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Fields of `/proc/<pid>/stat`, proc(5), in its own units. */
export interface ProcessStat {
  readonly parent: number;
  /** CPU ticks: its own, and those of children that have ended and were waited for. */
  readonly ticks: number;
  readonly endedTicks: number;
  readonly threads: number;
  /** Ticks from boot to its start: tells two processes with the same number apart. */
  readonly started: number;
  /** Resident pages. */
  readonly pages: number;
}

/** Undefined for anything that is not such a line. The name in it may hold blanks and brackets. */
export function processStat(text: string): ProcessStat | undefined {
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ");
  const at = (field: number): number => Number(fields[field - 3] ?? NaN);
  const stat = {
    parent: at(4),
    ticks: at(14) + at(15),
    endedTicks: at(16) + at(17),
    threads: at(20),
    started: at(22),
    pages: at(24),
  };
  return end > 0 && Object.values(stat).every(Number.isFinite) ? stat : undefined;
}

/** A process and all that it started, directly or not, as far as they live. */
export function familyOf(root: string, pid: number): readonly number[] {
  const parents = new Map<number, number[]>();
  for (const name of namesIn(join(root, "proc"))) {
    const child = Number(name);
    const stat = Number.isInteger(child) ? statOf(root, child) : undefined;
    if (stat === undefined) continue;
    const siblings = parents.get(stat.parent);
    if (siblings === undefined) parents.set(stat.parent, [child]);
    else siblings.push(child);
  }
  const family = [pid];
  for (const member of family) family.push(...(parents.get(member) ?? []));
  return family;
}

function statOf(root: string, pid: number): ProcessStat | undefined {
  try {
    return processStat(readFileSync(join(root, "proc", String(pid), "stat"), "latin1"));
  } catch {
    return undefined; // it has just ended
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
