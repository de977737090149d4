/**
 * Whether the operating system held a process back: the share of the scheduler's periods in
 * which a control group that it is in had used up its CPU quota. Containers with a CPU limit do
 * that, and nothing in the process itself can tell it from a slow machine.
 *
 * Source of the figures: cpu.stat of cgroup v2 and v1 (Linux, Documentation/admin-guide/cgroup-v2
 * and scheduler/sched-bwc): `nr_periods` counts periods in which the group wanted to run,
 * `nr_throttled` those in which it was stopped.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface Periods {
  readonly all: number;
  readonly throttled: number;
}

/**
 * Reads the share since the last reading, 0 to 1, of the worst of its groups and their parents.
 * Undefined where there is no cgroup with a quota, and when no period has passed.
 *
 * @param root where the file system begins; tests hand in their own
 * @param pid of the process; our own unless said otherwise
 */
export function throttlingReader(root = "/", pid = "self"): () => number | undefined {
  const files = statFiles(root, pid);
  let before = files.map(periodsOf);
  return () => {
    const now = files.map(periodsOf);
    const shares = now.flatMap((periods, i) => shareSince(before[i], periods) ?? []);
    before = now;
    return shares.length === 0 ? undefined : Math.max(...shares);
  };
}

function shareSince(before: Periods | undefined, now: Periods | undefined): number | undefined {
  if (before === undefined || now === undefined || now.all <= before.all) return undefined;
  return Math.max(0, now.throttled - before.throttled) / (now.all - before.all);
}

/** Of the group that limits its CPU, and of all its parents: any of them can be the one. */
function statFiles(root: string, pid: string): readonly string[] {
  const group = groupOf(root, pid);
  if (group === undefined) return [];
  const paths: string[] = [];
  for (let path = group.path; ; path = dirname(path)) {
    paths.push(path);
    if (dirname(path) === path) break;
  }
  // In a container the path may be the host's, which cannot be seen from here; its root can.
  return paths.map((path) => join(root, group.mount, path, "cpu.stat")).filter(isReadable);
}

/** `/proc/<pid>/cgroup`: `id:controllers:path` a line; v2 has one line, `0::path`. */
function groupOf(
  root: string,
  pid: string,
): { readonly mount: string; readonly path: string } | undefined {
  const lines = (textOf(join(root, "proc", pid, "cgroup")) ?? "").split("\n").map((line) => {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return { controllers: controllers.split(","), path };
  });
  const first = lines.find(({ controllers }) => controllers.includes("cpu"));
  if (first !== undefined) {
    const mounts = [first.controllers.join(","), "cpu"].map((name) => `sys/fs/cgroup/${name}`);
    const mount = mounts.find((one) => isReadable(join(root, one, "cpu.stat")));
    return mount === undefined ? undefined : { mount, path: first.path };
  }
  const unified = lines.find(({ controllers, path }) => controllers[0] === "" && path !== "");
  return unified === undefined ? undefined : { mount: "sys/fs/cgroup", path: unified.path };
}

function periodsOf(file: string): Periods | undefined {
  const text = textOf(file) ?? "";
  const count = (name: string): number | undefined => {
    const digits = new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1];
    return digits === undefined ? undefined : Number(digits);
  };
  const all = count("nr_periods");
  const throttled = count("nr_throttled");
  return all === undefined || throttled === undefined ? undefined : { all, throttled };
}

function isReadable(file: string): boolean {
  return textOf(file) !== undefined;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // not Linux, or not for us to see
  }
}
