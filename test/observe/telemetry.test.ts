import { describe, expect, test } from "vitest";
import { originNow, systemClock } from "../../src/core/clock.ts";
import type { RunLine } from "../../src/core/records.ts";
import { findSources } from "../../src/observe/find-sources.ts";
import type { ProbeRow } from "../../src/observe/probes.ts";
import type { SamplerTask } from "../../src/observe/sampler-messages.ts";
import { Telemetry } from "../../src/observe/telemetry.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const origin = originNow();
const INTERVALS = { fast: 100, medium: 1000 };

const task: SamplerTask = {
  ...{ origin, intervals: INTERVALS, root: "/", clientPid: 1 },
  remoteGpus: { urls: [], hosts: [] },
};

/** A sampler's thread that runs this program. */
function started(program: string): { telemetry: Telemetry; lines: RunLine[] } {
  const lines: RunLine[] = [];
  const head = `import { parentPort as port } from "node:worker_threads";\n`;
  const telemetry = new Telemetry({
    entry: new URL(`data:text/javascript,${encodeURIComponent(head + program)}`),
    ...{ task, clock: systemClock(origin), execArgv: [] },
    onLines: (some) => lines.push(...some),
  });
  return { telemetry, lines };
}

const FOUND = `port.postMessage({ type: "found", lines: [], fingerprint: { "host.cpu": "a cpu" } });`;

describe("the sampler's thread", () => {
  test.each([
    ["cannot start", `throw new Error("no luck");`, "no luck"],
    ["ends before it has found anything", "process.exit();", "its thread has ended"],
  ])("that %s costs a warning, not the run", async (_name, program, why) => {
    const { telemetry, lines } = started(program);
    expect(await telemetry.found).toEqual([]);
    await telemetry.readNow();
    telemetry.addEdges([1, 2]);
    await telemetry.stop();
    expect(lines).toMatchObject([
      { code: "telemetry_lost", message: `telemetry ended before the run did: ${why}` },
    ]);
  });

  test("that dies when it is asked to read keeps nobody waiting", async () => {
    const { telemetry, lines } = started(
      `port.on("message", () => { throw new Error("dead"); });${FOUND}`,
    );
    await telemetry.found;
    await telemetry.readNow();
    await telemetry.stop();
    expect(lines).toMatchObject([
      { type: "fingerprint", fields: { "host.cpu": "a cpu" } },
      { type: "warning", code: "telemetry_lost" },
    ]);
  });

  test("is ended without a word when the run is over", async () => {
    const { telemetry, lines } = started(
      `port.on("message", ({ type }) => port.postMessage({ type: "stopped" }));${FOUND}`,
    );
    await telemetry.found;
    await telemetry.stop();
    await telemetry.stop();
    expect(lines.filter(({ type }) => type === "warning")).toEqual([]);
  });
});

describe("looking for sources", () => {
  const context = { clock: new VirtualClock(), env: {}, root: "/", platform: "linux" } as const;
  const there: ProbeRow = {
    source: "host",
    probe: () =>
      Promise.resolve({
        source: {
          ...{ kind: "proc", tiers: ["fast", "medium"], read: () => [], close: () => undefined },
          facts: [{ source: "host", kind: "proc", gives: ["host_cpu"], missing: { x: "no x" } }],
          fingerprint: { "host.cores": 2 },
        },
      }),
  };

  test("a probe that throws, refuses or hangs costs its own source only", async () => {
    const rows: ProbeRow[] = [
      { source: "nvml", probe: () => Promise.reject(new Error("driver not loaded")) },
      there,
      { source: "amd", probe: () => new Promise(() => undefined) },
      {
        source: "server",
        probe: () =>
          Promise.resolve({
            unavailable: { kind: "vllm", reason: "HTTP 404", advice: "switch it on" },
          }),
      },
    ];
    const found = await context.clock.run(findSources(rows, context, INTERVALS));
    expect(found.sources).toHaveLength(1);
    expect(found.fingerprint).toEqual({ "host.cores": 2 });
    expect(found.lines).toEqual([
      { ...unavailable("nvml", "nvml"), reason: "driver not loaded" },
      {
        ...{ type: "source", at: 10_000, source: "host", kind: "proc", available: true },
        ...{ gives: ["host_cpu"], missing: { x: "no x" }, interval: 100 },
      },
      { ...unavailable("amd", "amd"), reason: expect.stringContaining("within 10 s") as string },
      { ...unavailable("server", "vllm"), reason: "HTTP 404", advice: "switch it on" },
    ]);
  });

  test("a probe that throws before it has begun costs its own source only", async () => {
    const probe = (): never => {
      throw new Error("no luck");
    };
    const rows: ProbeRow[] = [{ source: "nvml", probe }, there];
    const { lines } = await context.clock.run(findSources(rows, context, INTERVALS));
    expect(lines).toMatchObject([{ available: false, reason: "no luck" }, { available: true }]);
  });

  test("a source that is found when nobody waits for it any more is closed", async () => {
    let closed = 0;
    const close = (): void => {
      closed += 1;
    };
    const probe: ProbeRow["probe"] = async ({ clock }) => {
      await clock.sleepUntil(clock.now() + 60_000);
      return { source: { kind: "late", tiers: ["fast"], facts: [], read: () => [], close } };
    };
    const found = findSources([{ source: "nvml", probe }], context, INTERVALS);
    expect((await context.clock.run(found)).sources).toEqual([]);
    expect(closed).toBe(0);
    await context.clock.run(context.clock.sleepUntil(context.clock.now() + 60_000));
    expect(closed).toBe(1);
  });

  function unavailable(source: string, kind: string): object {
    return { type: "source", at: 10_000, source, kind, available: false };
  }
});
