import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { throttlingReader } from "../../src/observe/cpu-throttling.ts";
import { scratchFolder } from "../support/scratch.ts";

function machine(files: Readonly<Record<string, string>>) {
  const root = scratchFolder("cgroup");
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  return { root, write };
}

const stat = (all: number, throttled: number): string =>
  `usage_usec 12\nnr_periods ${all}\nnr_throttled ${throttled}\nthrottled_usec 5\n`;

describe("the share of periods in which our control group was throttled", () => {
  it("is that since the last reading, under cgroup v2", () => {
    const file = "sys/fs/cgroup/app/cpu.stat";
    const { root, write } = machine({ "proc/self/cgroup": "0::/app\n", [file]: stat(100, 50) });
    const read = throttlingReader(root);
    write(file, stat(110, 53));
    expect(read()).toBeCloseTo(0.3);
    write(file, stat(120, 53));
    expect(read()).toBe(0);
  });

  it("is that of the worst group, since any parent can hold us back", () => {
    const own = "sys/fs/cgroup/pod/app/cpu.stat";
    const parent = "sys/fs/cgroup/pod/cpu.stat";
    const files = { [own]: stat(0, 0), [parent]: stat(0, 0) };
    const { root, write } = machine({ "proc/self/cgroup": "0::/pod/app\n", ...files });
    const read = throttlingReader(root);
    write(own, stat(10, 1));
    write(parent, stat(10, 9));
    expect(read()).toBeCloseTo(0.9);
  });

  it("is found under cgroup v1, and in a container that sees only its own root", () => {
    const file = "sys/fs/cgroup/cpu,cpuacct/cpu.stat";
    const groups = "5:memory:/x\n4:cpu,cpuacct:/docker/abc\n0::/\n";
    const { root, write } = machine({ "proc/self/cgroup": groups, [file]: stat(0, 0) });
    const read = throttlingReader(root);
    write(file, stat(4, 1));
    expect(read()).toBe(0.25);
  });

  it.each([
    ["there is no cgroup file system", {}],
    ["the group has no quota", { "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.stat": "u 1\n" }],
    ["no period passed", { "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.stat": stat(7, 7) }],
  ])("is absent when %s", (_what, files) => {
    expect(throttlingReader(machine(files).root)()).toBeUndefined();
  });
});
