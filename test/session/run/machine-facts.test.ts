import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { machineFacts } from "../../../src/session/run/machine-facts.ts";
import { hashOf, knownHash } from "../../../src/session/run/model-hash.ts";
import { sha256 } from "../../../src/scenario/hash.ts";
import { scratchFolder } from "../../support/scratch.ts";

const folders: string[] = [];

/** A folder with these files. */
function tree(files: Readonly<Record<string, string>>): string {
  const root = scratchFolder("facts");
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe("the facts of a machine", () => {
  it("are those of the kernel's files", () => {
    const root = tree({
      "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
      "proc/cpuinfo": "flags\t\t: fpu hypervisor sse\n",
      "sys/class/dmi/id/sys_vendor": "Amazon EC2\n",
      "sys/class/dmi/id/product_name": "m7i.large\n",
      "proc/1/cgroup": "0::/docker/abc\n",
      "sys/fs/cgroup/cpu.max": "150000 100000\n",
      "sys/fs/cgroup/memory.max": "4294967296\n",
    });
    expect(machineFacts(root)).toEqual({
      governor: "performance",
      virtualization: "docker on kvm (Amazon EC2 m7i.large)",
      containerCpus: 1.5,
      containerMemory: 4294967296,
    });
  });

  it("are absent where nothing limits, and where nothing tells", () => {
    const bare = tree({
      "proc/cpuinfo": "flags : fpu sse\n",
      "sys/class/dmi/id/sys_vendor": "Dell Inc.",
      "sys/fs/cgroup/cpu.max": "max 100000\n",
      "sys/fs/cgroup/memory.max": "max\n",
    });
    expect(machineFacts(bare)).toEqual({ virtualization: "none" });
    expect(machineFacts(tree({}))).toEqual({});
  });

  it("know the limits of the first version of control groups", () => {
    const root = tree({
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000",
      "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
    });
    expect(machineFacts(root)).toEqual({ containerCpus: 2 });
  });

  it("do not take a Microsoft laptop for a guest of Hyper-V", () => {
    const vendor = { "sys/class/dmi/id/sys_vendor": "Microsoft Corporation" };
    const laptop = tree({ ...vendor, "proc/cpuinfo": "flags : fpu\n" });
    expect(machineFacts(laptop)).toEqual({ virtualization: "none" });
    const guest = tree({ ...vendor, "proc/cpuinfo": "flags : fpu hypervisor\n" });
    expect(machineFacts(guest)).toEqual({ virtualization: "hyper-v (Microsoft Corporation)" });
  });
});

describe("the hash of a model file", () => {
  it("is remembered until the file changes", async () => {
    const root = tree({ "model.gguf": "weights" });
    const [file, cacheDir] = [join(root, "model.gguf"), join(root, "cache")];
    expect(await knownHash(file, cacheDir)).toBeUndefined();
    expect(await hashOf(file, { cacheDir })).toBe(sha256("weights"));
    expect(await knownHash(file, cacheDir)).toBe(sha256("weights"));
    writeFileSync(file, "WEIGHTS");
    utimesSync(file, 1, 1);
    expect(await knownHash(file, cacheDir)).toBeUndefined();
    expect(await hashOf(file, { cacheDir })).toBe(sha256("WEIGHTS"));
  });

  it("is absent when the file is gone, and when somebody stops it", async () => {
    const root = tree({ "model.gguf": "weights" });
    expect(await hashOf(join(root, "none"), { cacheDir: root })).toBeUndefined();
    const stopped = { cacheDir: root, signal: AbortSignal.abort() };
    expect(await hashOf(join(root, "model.gguf"), stopped)).toBeUndefined();
  });
});
