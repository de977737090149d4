/**
 * Whether a process on the GPU is the server's: the server itself or one that descends from it.
 * Drivers name processes by the ids of the first PID namespace, so in a container of its own
 * namespace nothing can be said.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { ProbeContext } from "../source.ts";

/** Inode of the first PID namespace of a Linux system (PROC_PID_INIT_INO in the kernel). */
const FIRST_NAMESPACE = "pid:[4026531836]";

/** Longest chain of parents that is followed; a longer one is a loop in a racing /proc. */
const GENERATIONS = 64;

/** Undefined where the server's process is not known or ids cannot be compared. */
export function serverProcesses(context: ProbeContext): ((pid: number) => boolean) | undefined {
  const { serverPid, root, platform } = context;
  if (serverPid === undefined) return undefined;
  if (platform !== "linux") return (pid) => pid === serverPid;
  if (!sharesFirstNamespace(root)) return undefined;
  return (pid) => {
    let at: number | undefined = pid;
    for (let step = 0; step < GENERATIONS && at !== undefined && at > 1; step += 1) {
      if (at === serverPid) return true;
      at = parentOf(root, at);
    }
    return false;
  };
}

function sharesFirstNamespace(root: string): boolean {
  try {
    return readlinkSync(join(root, "proc/self/ns/pid")) === FIRST_NAMESPACE;
  } catch {
    return false;
  }
}

/** Fourth field of /proc/PID/stat, counted after the name, which may hold spaces and brackets. */
function parentOf(root: string, pid: number): number | undefined {
  try {
    const text = readFileSync(join(root, `proc/${String(pid)}/stat`), "utf8");
    const parent = Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]);
    return Number.isInteger(parent) ? parent : undefined;
  } catch {
    return undefined; // ended meanwhile
  }
}
