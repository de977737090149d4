/** What can be sampled and started on this machine, and what is missing or tight. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { findExecutable } from "../../target/find-executable.ts";
import { findLlamaServer } from "../../target/find-llama-server.ts";
import { present } from "../../core/present.ts";
import type { Runtime } from "../runtime.ts";

export interface Finding {
  readonly name: string;
  /** `tight`: it is there, and limits what can be measured. */
  readonly state: "yes" | "no" | "tight";
  readonly detail: string;
  /** What to do about it, where it is not `yes`. */
  readonly advice?: string;
}

/** Reads a text file; undefined when it is not there. */
type Read = (path: string) => string | undefined;

/** @param load processes that wanted to run, on average over the minute before */
export function takeInventory(runtime: Runtime, load: number): Finding[] {
  return [
    embedded(),
    llamaServer(runtime),
    program(runtime, "cmake", ["cmake"]),
    program(runtime, "C++ compiler", ["c++", "g++", "clang++"]),
    cores(availableParallelism()),
    otherLoad(load, availableParallelism()),
    cpuQuota(readText),
    openFiles(readText),
    ports(readText),
  ].filter((finding) => finding !== undefined);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function embedded(): Finding {
  const name = "embedded server";
  try {
    // Its package.json is not among its exports; it lies above the entry, which is.
    const file = new URL("../package.json", import.meta.resolve("node-llama-cpp"));
    const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
    return { name, state: "yes", detail: `node-llama-cpp ${version}` };
  } catch {
    const advice = "npm install node-llama-cpp; or measure a running server with --target URL";
    return { name, state: "no", detail: "node-llama-cpp is not installed", advice };
  }
}

function llamaServer({ env, cacheDir }: Runtime): Finding {
  const name = "real llama-server";
  const search = { variable: env["LLAMA_SERVER_BIN"], path: env["PATH"], cacheDir };
  try {
    const { path, source } = findLlamaServer(present(search));
    return { name, state: "yes", detail: `${path} (by ${source})` };
  } catch {
    const advice = "plimsoll server build; or set LLAMA_SERVER_BIN";
    return { name, state: "no", detail: "not found", advice };
  }
}

/** Only for `server build`. */
function program({ env }: Runtime, name: string, names: readonly string[]): Finding {
  const found = findExecutable(names, env["PATH"]);
  if (found !== undefined) return { name, state: "yes", detail: found };
  const advice = "only `plimsoll server build` needs it (Debian: cmake, g++)";
  return { name, state: "no", detail: "not found", advice };
}

function cores(count: number): Finding {
  const name = "cores";
  if (count > 2) return { name, state: "yes", detail: String(count) };
  const advice = "a server on this machine shares them with the client: measure from another one";
  return { name, state: "tight", detail: String(count), advice };
}

/** Above this share of the cores, what else runs shows in the timing. */
const QUIET = 0.5;

export function otherLoad(load: number, count: number): Finding {
  const name = "other load";
  const detail = `${load.toFixed(1)} before this began`;
  if (load <= QUIET * count) return { name, state: "yes", detail };
  const advice =
    "something else uses this machine: what was measured above is worse than it could be";
  return { name, state: "tight", detail, advice };
}

/** cgroup v2, then v1. */
export function cpuQuota(read: Read): Finding | undefined {
  const name = "CPU quota";
  const [quota, period] = (read("/sys/fs/cgroup/cpu.max") ?? cfs(read) ?? "").trim().split(/\s+/);
  const limit = Number(quota) / Number(period);
  if (!(limit > 0)) return { name, state: "yes", detail: "none" };
  const advice = "a throttled client measures its own pauses; give whole cores";
  return { name, state: "tight", detail: `${limit} cores of a cgroup`, advice };
}

function cfs(read: Read): string | undefined {
  const quota = read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  const period = read("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  return quota === undefined || period === undefined ? undefined : `${quota.trim()} ${period}`;
}

/** Below this the 2,000 streams that one worker is meant for do not fit, with what else is open. */
const ENOUGH_FILES = 4096;

export function openFiles(read: Read): Finding | undefined {
  const limit = /^Max open files\s+(\S+)/m.exec(read("/proc/self/limits") ?? "")?.[1];
  if (limit === undefined) return undefined;
  const name = "open files";
  if (limit === "unlimited" || Number(limit) >= ENOUGH_FILES) {
    return { name, state: "yes", detail: `ulimit -n ${limit}` };
  }
  const advice = "every stream is one: ulimit -n 65536";
  return { name, state: "tight", detail: `ulimit -n ${limit}`, advice };
}

/** A closed connection keeps its port so long, s (Linux: TIME_WAIT). */
const PORT_REST = 60;
/** Fewer are a setting that somebody made, and meets soon. */
const USUAL_PORTS = 28_000;

/** They limit servers that take a new connection for each stream, as llama-server does. */
export function ports(read: Read): Finding | undefined {
  const [from, to] = (read("/proc/sys/net/ipv4/ip_local_port_range") ?? "")
    .trim()
    .split(/\s+/)
    .map(Number);
  if (from === undefined || to === undefined) return undefined;
  const name = "ephemeral ports";
  const count = to - from + 1;
  const rate = Math.floor(count / PORT_REST);
  const reused = (read("/proc/sys/net/ipv4/tcp_tw_reuse") ?? "0").trim() === "1";
  const limit = reused ? "reused" : `up to ${rate} new connections/s to one server`;
  const detail = `${count}: ${limit}`;
  if (reused || count >= USUAL_PORTS) return { name, state: "yes", detail };
  const advice = "widen net.ipv4.ip_local_port_range, or set net.ipv4.tcp_tw_reuse=1";
  return { name, state: "tight", detail, advice };
}
