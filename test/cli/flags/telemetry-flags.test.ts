import { describe, expect, test } from "vitest";
import type { SourceLine } from "../../../src/core/telemetry-lines.ts";
import { parseFlags } from "../../../src/cli/flags/flags.ts";
import { missingOf } from "../../../src/session/run/telemetry.ts";
import { TELEMETRY_FLAGS, telemetryRequestOf } from "../../../src/cli/flags/telemetry-flags.ts";

function orderOf(...argv: readonly string[]): ReturnType<typeof telemetryRequestOf> {
  return telemetryRequestOf(parseFlags(argv, TELEMETRY_FLAGS).flags);
}

describe("the flags of telemetry", () => {
  test("sample by default, and require nothing", () => {
    expect(orderOf()).toMatchObject({ required: [] });
    expect(orderOf()).not.toHaveProperty("interval");
    expect(orderOf("--no-telemetry")).toBeUndefined();
  });

  test("--require-telemetry needs no list, and takes none that is not its own", () => {
    expect(orderOf("--require-telemetry")?.required).toEqual(["host", "client", "server"]);
    expect(orderOf("--require-telemetry=gpu,server")?.required).toEqual(["gpu", "server"]);
    const { flags, positionals } = parseFlags(["--require-telemetry", "steady"], TELEMETRY_FLAGS);
    expect([flags.text("require-telemetry"), positionals]).toEqual([
      "host,client,server",
      ["steady"],
    ]);
  });

  test("refuse what contradicts, and what measures the measuring", () => {
    expect(() => orderOf("--no-telemetry", "--require-telemetry")).toThrow(/contradict/);
    expect(() => orderOf("--telemetry-interval", "5ms")).toThrow("5 ms is too short");
    expect(orderOf("--telemetry-interval", "50ms")?.interval).toBe(50);
  });
});

describe("what is required", () => {
  const base = { type: "source", at: 0, kind: "k" } as const;
  const found: readonly SourceLine[] = [
    { ...base, source: "host", available: true, gives: ["host_cpu"], missing: { host_x: "no x" } },
    { ...base, source: "nvml:0", available: true, gives: ["gpu_power"] },
    { ...base, source: "server", available: false, reason: "HTTP 501", advice: "--metrics" },
  ];

  test.each([["host"], ["host_cpu"], ["nvml"], ["nvml:0"], ["gpu"], ["gpu_power"]])(
    "%s is there",
    (name) => {
      expect(missingOf([name], found)).toBeUndefined();
    },
  );

  test.each([
    ["server", "server: HTTP 501 (--metrics)"],
    ["host_x", "host_x: no x"],
    ["gpu_energy", "gpu_energy: no source gives it here"],
    ["nvml:1", "nvml:1: no source gives it here"],
  ])("%s is not, and the reason is told with exit code 2", (name, reason) => {
    const problem = missingOf(["host", name], found);
    expect(problem?.exitCode).toBe(2);
    expect(problem?.message).toBe(`--require-telemetry: ${name} cannot be sampled here`);
    expect(problem?.hint).toContain(reason);
  });
});
