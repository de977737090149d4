import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  CALIBRATION_SCHEMA,
  calibrationFile,
  latestCalibration,
  machineFingerprint,
  storeCalibration,
  type Calibration,
} from "../../src/session/calibrate/calibration.ts";
import { doctorText } from "../../src/cli/terminal/doctor-text.ts";
import { cpuQuota, openFiles, otherLoad, ports } from "../../src/session/calibrate/inventory.ts";
import { withCalibration } from "../../src/session/run/environment.ts";
import type { Environment } from "../../src/core/records.ts";
import { scratchFolder } from "../support/scratch.ts";

const environment: Environment = {
  os: "Linux 6.1",
  arch: "x64",
  cpu: "A Processor",
  cores: 8,
  memoryBytes: 2 ** 34,
  hostname: "here",
  node: "v20.20.2",
  plimsoll: "0.1.0",
};

const calibration: Calibration = {
  schema: CALIBRATION_SCHEMA,
  date: "2026-01-02T03:04:05.000Z",
  plimsoll: "0.1.0",
  machine: machineFingerprint(environment),
  events: [
    { target: 1000, achieved: 998, p50: 0.1, p99: 0.3, itlP99: 0.3, coalesced: 0 },
    { target: 2000, achieved: 1900, p50: 0.4, p99: 2.5, itlP99: 3, coalesced: 0.02 },
  ],
  eventsPerSecond: 1000,
  starts: [{ target: 100, achieved: 99, lagP50: 0.05, lagP99: 0.4, dropped: 3 }],
  requestsPerSecond: 6000,
  http: { url: "u", connections: 50, requestsPerSecond: 36_000, p50: 1, p99: 3, errors: 0 },
};

function cacheDir(): string {
  return scratchFolder("doctor");
}

test("a stored calibration is carried by the runs of the same machine, and of no other", async () => {
  const cache = cacheDir();
  expect(withCalibration(environment, cache)).toEqual(environment);
  await storeCalibration(cache, calibration);
  expect(withCalibration(environment, cache).calibration).toEqual(calibration);
  const newerNode = { ...environment, node: "v22.1.0" };
  expect(withCalibration(newerNode, cache)).toEqual(newerNode);
});

test("a calibration file that cannot be read is no calibration", () => {
  const cache = cacheDir();
  for (const content of ["{", "null", "[]", '{"schema":"plimsoll.calibration/99"}']) {
    writeFileSync(calibrationFile(cache), content);
    expect(latestCalibration(cache, calibration.machine)).toBeUndefined();
  }
});

test("the doctor's text begins with what the machine carries, and marks what is too much", () => {
  const text = doctorText({
    ...{ environment, calibration, inventory: [], sources: [], file: "calibration.json" },
  });
  expect(text).toContain("up to 1,000 events/s on one worker: 20 streams of 50 tokens/s");
  expect(text).toMatch(/1,000 +998 +100 µs +300 µs\n/);
  expect(text).toMatch(/2,000 +1,900 +400 µs +2\.50 ms +too much\n/);
  expect(text).toMatch(/100 +99 +50 µs +400 µs +3 dropped\n/);
  expect(text).toContain("36,000 requests/s");
});

const files = (content: Readonly<Record<string, string>>) => (path: string) => content[path];

test("a CPU quota is found in either version of cgroups", () => {
  expect(cpuQuota(files({}))?.state).toBe("yes");
  expect(cpuQuota(files({ "/sys/fs/cgroup/cpu.max": "max 100000\n" }))?.state).toBe("yes");
  expect(cpuQuota(files({ "/sys/fs/cgroup/cpu.max": "150000 100000\n" }))).toMatchObject({
    state: "tight",
    detail: "1.5 cores of a cgroup",
  });
  const old = {
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
  };
  expect(cpuQuota(files(old))?.detail).toBe("0.5 cores of a cgroup");
  const none = { ...old, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n" };
  expect(cpuQuota(files(none))?.state).toBe("yes");
});

test("few open files, few ports and a busy machine are tight", () => {
  const limits = (soft: string) =>
    files({ "/proc/self/limits": `Max open files  ${soft}  4096\n` });
  expect(openFiles(limits("1024"))).toMatchObject({ state: "tight", detail: "ulimit -n 1024" });
  expect(openFiles(limits("65536"))?.state).toBe("yes");
  expect(openFiles(files({}))).toBeUndefined();
  const range = (text: string) => files({ "/proc/sys/net/ipv4/ip_local_port_range": text });
  expect(ports(range("32768\t60999\n"))).toMatchObject({ state: "yes" });
  expect(ports(range("50000\t51000\n"))).toMatchObject({ state: "tight" });
  expect(otherLoad(0.4, 4).state).toBe("yes");
  expect(otherLoad(3, 4).state).toBe("tight");
});
