import { describe, expect, test } from "vitest";
import type { RunLine } from "../../src/core/records.ts";
import type { SourceLine } from "../../src/core/telemetry-lines.ts";
import { seriesRows } from "../../src/core/telemetry.ts";
import { isPossible } from "../../src/observe/possible.ts";
import { Sampler } from "../../src/observe/sampler.ts";
import type { Reading, Source, Tier } from "../../src/observe/source.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const INTERVALS = { fast: 100, medium: 1000 };

interface Stage {
  readonly clock: VirtualClock;
  readonly sampler: Sampler;
  readonly lines: RunLine[];
  /** Makes the thread look busy for so long, ms. */
  readonly work: (ms: number) => void;
}

type Read = (tier: Tier) => ReturnType<Source["read"]>;

function source(name: string, tiers: readonly Tier[], read: Read): Source {
  const facts = [{ source: name, kind: "test", gives: ["x"], missing: {} }];
  return { kind: "test", tiers, facts, read, close: () => undefined };
}

function setUp(build: (clock: VirtualClock, work: (ms: number) => void) => Source[]): Stage {
  const clock = new VirtualClock();
  let worked = 0;
  const work = (ms: number): void => {
    worked += ms;
  };
  const lines: RunLine[] = [];
  const sampler = new Sampler(build(clock, work), {
    ...{ clock, worked: () => worked, intervals: INTERVALS },
    onLines: (some) => lines.push(...some),
  });
  return { clock, sampler, lines, work };
}

/** Times at which a source was read, as they stand in the lines. */
function timesOf(lines: readonly RunLine[], name: string): number[] {
  return lines.flatMap((line) =>
    line.type === "readings" && line.source === name ? line.rows.map(([at]) => at ?? NaN) : [],
  );
}

function accountOf(lines: readonly RunLine[], name: string): Required<SourceLine>["account"] {
  const found = lines.find((line) => line.type === "source" && line.source === name);
  if (found?.type !== "source" || found.account === undefined) throw new Error("no account");
  return found.account;
}

function reading(clock: VirtualClock, changes: Partial<Reading> = {}): Reading {
  return { source: "a", at: clock.now(), values: { x: 1 }, ...changes };
}

async function end({ clock, sampler }: Stage): Promise<void> {
  await clock.run(sampler.stop());
}

describe("the sampler", () => {
  test("reads each tier at its pace and hands the readings on once a second", async () => {
    const tiers: Tier[] = [];
    const one = setUp((clock) => [
      source("a", ["fast", "medium"], (tier) => {
        tiers.push(tier);
        return [reading(clock)];
      }),
    ]);
    await one.clock.advanceTo(2050);
    expect(tiers.filter((tier) => tier === "fast")).toHaveLength(21);
    expect(tiers.filter((tier) => tier === "medium")).toHaveLength(3);
    expect(one.lines.filter(({ type }) => type === "readings")).toHaveLength(2);
    await end(one);
    expect(timesOf(one.lines, "a").at(-1)).toBe(2050);
  });

  test("reads at every phase edge, and at once when it is asked", async () => {
    const one = setUp((clock) => [source("a", ["medium"], () => [reading(clock)])]);
    one.sampler.addEdges([1250, 1600]);
    await one.clock.advanceTo(1700);
    const asked = one.sampler.readNow();
    await one.clock.run(asked);
    expect(timesOf(one.lines, "a")).toEqual([0, 1000, 1250, 1600, 1700]);
    await end(one);
  });

  test("gives up a source that hangs, says so, and goes on with the others", async () => {
    const one = setUp((clock) => [
      source("a", ["medium"], () => new Promise(() => undefined)),
      source("b", ["medium"], () => [reading(clock, { source: "b" })]),
    ]);
    await one.clock.advanceTo(15_000);
    await end(one);
    const grid = Array.from({ length: 16 }, (_, i) => i * 1000);
    expect(timesOf(one.lines, "b").slice(0, 16)).toEqual(grid);
    const account = accountOf(one.lines, "a");
    expect(account).toMatchObject({ errors: 1, lastError: "no answer within 10.0 s" });
    expect(account.missed).toBeGreaterThanOrEqual(14);
    const warnings = one.lines.filter((line) => line.type === "warning");
    expect(warnings).toMatchObject([{ code: "telemetry_hangs", at: 10_000 }]);
  });

  test("has one read under way at a time, also when it was given up, and drops its late answer", async () => {
    let [underWay, most, reads] = [0, 0, 0];
    const one = setUp((clock) => [
      source("a", ["medium"], async () => {
        most = Math.max(most, (underWay += 1));
        reads += 1;
        const mine = reading(clock);
        await clock.sleepUntil(clock.now() + (reads === 1 ? 12_500 : 0));
        underWay -= 1;
        return [mine];
      }),
    ]);
    await one.clock.advanceTo(14_500);
    await end(one);
    expect(most).toBe(1);
    expect(timesOf(one.lines, "a")).toEqual([12_500, 13_000, 14_000, 14_500]);
  });

  test("is not kept waiting by a source that hangs", async () => {
    const one = setUp(() => [source("a", ["medium"], () => new Promise(() => undefined))]);
    await one.clock.advanceTo(100);
    await one.clock.run(one.sampler.readNow());
    expect(one.clock.now()).toBe(3100);
    await end(one);
    expect(one.clock.now()).toBe(6100);
  });

  test("counts errors, keeps the last, and tries again", async () => {
    let reads = 0;
    const one = setUp((clock) => [
      source("a", ["medium"], () => {
        reads += 1;
        if (reads % 2 === 0) throw new Error(`no ${reads}`);
        return [reading(clock)];
      }),
    ]);
    await one.clock.advanceTo(3500);
    await end(one);
    expect(accountOf(one.lines, "a")).toMatchObject({ reads: 5, errors: 2, lastError: "no 4" });
    expect(timesOf(one.lines, "a")).toEqual([0, 2000, 3500]);
  });

  test("leaves out what repeats the reading before with its own stamp", async () => {
    const one = setUp((clock) => [
      source("a", ["medium"], () => [reading(clock, { stamp: Math.floor(clock.now() / 2000) })]),
    ]);
    await one.clock.advanceTo(4500);
    await end(one);
    expect(timesOf(one.lines, "a")).toEqual([0, 2000, 4000]);
    expect(accountOf(one.lines, "a").stale).toBe(3);
  });

  test("warns when what it reads began anew, by the stream's own name", async () => {
    const one = setUp((clock) => [
      source("a", ["medium"], () => [
        reading(clock, { source: "b", epoch: clock.now() < 1500 ? "1" : "2" }),
      ]),
    ]);
    await one.clock.advanceTo(3500);
    await end(one);
    expect(one.lines.filter((line) => line.type === "warning")).toEqual([
      {
        ...{ type: "warning", at: 2000, code: "source_restarted" },
        message: "telemetry: b was restarted: its counters began anew",
      },
    ]);
  });

  test("reads a source half as often when five reads cost more than 2 % of its interval", async () => {
    const one = setUp((clock, work) => [
      source("a", ["fast"], () => {
        work(3);
        return [reading(clock)];
      }),
      source("b", ["fast"], () => {
        work(1.9);
        return [reading(clock, { source: "b" })];
      }),
    ]);
    await one.clock.advanceTo(3950);
    await end(one);
    expect(timesOf(one.lines, "a").slice(0, 8)).toEqual([0, 100, 200, 300, 400, 600, 800, 1000]);
    expect(accountOf(one.lines, "a")).toMatchObject({ stretchedTo: 200 });
    expect(accountOf(one.lines, "b")).not.toHaveProperty("stretchedTo");
  });

  test("does not take one slow read for a dear source, nor waiting for work", async () => {
    const one = setUp((clock, work) => [
      source("a", ["medium"], async () => {
        if (clock.now() === 2000) work(500);
        await clock.sleepUntil(clock.now() + 300);
        return [reading(clock)];
      }),
    ]);
    await one.clock.advanceTo(9500);
    await end(one);
    const account = accountOf(one.lines, "a");
    expect(account).not.toHaveProperty("stretchedTo");
    expect(account).toMatchObject({ callP50: 300, missed: 0 });
    expect(account.duty).toBeCloseTo(500 / 9800, 2);
  });

  test("tells each source's account last, and closes even what cannot be closed", async () => {
    const broken = source("a", ["medium"], () => []);
    const one = setUp(() => [
      { ...broken, close: () => Promise.reject(new Error("stuck")) },
      { ...source("b", ["medium"], () => []), close: () => new Promise<void>(() => undefined) },
    ]);
    await one.clock.advanceTo(10);
    await end(one);
    expect(one.lines.slice(-2)).toMatchObject([
      { type: "source", source: "a", available: true, interval: 1000 },
      { type: "source", source: "b" },
    ]);
  });
});

test("values that cannot be are left out, counted, and told once with an example", async () => {
  let n = 0;
  const values = (): Reading["values"] => ({
    gpu_utilization: n++ % 7 === 3 ? 808_334_905 : 95,
    gpu_memory_temperature: 2 ** 63,
    server_of_its_own: 808_334_905,
  });
  const { clock, sampler, lines } = setUp((time) => [
    source("dcgm:0", ["fast"], () => [{ source: "dcgm:0", at: time.now(), values: values() }]),
  ]);
  await clock.advanceTo(650);
  await sampler.stop();
  const kept = lines.flatMap((line) => (line.type === "readings" ? line.metrics : []));
  expect([...new Set(kept)].sort()).toEqual(["gpu_utilization", "server_of_its_own"]);
  const utilization = lines.flatMap((line) =>
    line.type === "readings"
      ? line.rows.map((row) => row[1 + line.metrics.indexOf("gpu_utilization")])
      : [],
  );
  expect(new Set(utilization)).toEqual(new Set([95, null]));
  expect(accountOf(lines, "dcgm:0").impossible).toBe(n + 1);
  const warnings = lines.filter((line) => line.type === "warning");
  expect(warnings.map(({ code }) => code)).toEqual(["impossible_readings", "impossible_readings"]);
  expect(warnings[1]?.message).toMatch(/dcgm:0 gave gpu_utilization .* such as 808334905/);
});

test("every series takes what a large machine says, and refuses what stands for nothing", () => {
  const blanks = [2 ** 47 * 2 ** 20, 2 ** 63, -1e6];
  for (const [name, { unit }] of Object.entries(seriesRows)) {
    for (const blank of blanks)
      expect(isPossible(name, blank), `${name} ${blank}`).toBe(
        unit === "bytes/s" && blank === -1e6,
      );
    expect(isPossible(name, 1), name).toBe(true);
  }
  for (const share of ["gpu_sm_active", "host_cpu", "server_kv_usage"] as const)
    expect([1, 1.01, 1.2, 95].map((value) => isPossible(share, value))).toEqual([
      ...[true, true, false, false],
    ]);
  expect(isPossible("proc_cpu", 96)).toBe(true);
  expect(isPossible("gpu_power", 1200)).toBe(true);
});
