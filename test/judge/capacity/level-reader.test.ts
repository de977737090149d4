import { describe, expect, it } from "vitest";
import type { IterationRecord, RunLine } from "../../../src/core/records.ts";
import { askedOf, LevelReader, servedOf } from "../../../src/judge/capacity/level-reader.ts";
import { levelPlan } from "../../../src/session/capacity/level-plan.ts";
import { watchLevel } from "../../../src/session/capacity/watch-level.ts";
import { readRun } from "../../../src/store/read-run.ts";
import { createRun } from "../../../src/store/write-run.ts";
import {
  censoredRequest,
  every,
  failedRequest,
  header,
  iteration,
  mark,
  plan,
  request,
  sample,
  without,
} from "../../support/runs/run-lines.ts";
import { scratchFolder } from "../../support/scratch.ts";

const cutOff = (started: number): IterationRecord =>
  without(iteration(started, { outcome: "interrupted" }), "ended");

describe("what a server ends of a level", () => {
  const begun = (started: number, ended: number | undefined): IterationRecord =>
    ended === undefined ? cutOff(started) : iteration(started, { ended });
  const window = { from: 1000, until: 3000 };

  it("is as much as begins, whatever began before, when it keeps up", () => {
    const steady = [begun(900, 1100), begun(1500, 1700), begun(2900, 3100)];
    expect(servedOf(steady, 10, window)).toEqual({ perSecond: 10, seconds: 2 });
  });

  it("is less when it does not", () => {
    const behind = [begun(1000, 1500), begun(1500, 2500), begun(2000, 3500)];
    const cut = begun(2500, undefined);
    expect(servedOf([...behind, cut], 10, window)).toEqual({ perSecond: 5, seconds: 2 });
  });

  it("includes an iteration whose script threw", () => {
    const threw = iteration(1500, { ended: 1600, outcome: "failed" });
    expect(servedOf([threw, begun(2000, 2100)], 10, window)?.perSecond).toBe(10);
  });

  it("is not known where nothing began", () => {
    expect(servedOf([begun(0, 500)], 10, window)).toBeUndefined();
  });
});

const shape = { by: "rate", load: 10, step: 0, warmup: 4000, length: 36_000 } as const;
const slo = { limits: [{ metric: "ttft_scheduled" as const, limit: 1000 }] };
const levelMarks = [
  mark("warmup", [1000, 5000], { measured: false }),
  mark("level", [5000, 41_000]),
];

/** Requests that take so long, one every 100 ms, and the number at work, four times a second. */
function linesOf(took: (at: number) => number, until = 41_000): RunLine[] {
  const starts = every(100, 1000, (until - 1000) / 100);
  const ends = starts.map((at) => at + took(at));
  const inFlight = (at: number): number =>
    starts.filter((start, i) => start <= at && (ends[i] ?? 0) > at).length;
  const timed: [number, RunLine[]][] = [
    ...starts.map((at): [number, RunLine[]] => [
      Math.min(until, at + took(at)),
      at + took(at) <= until
        ? [
            request(at, {
              phase: at < 5000 ? "warmup" : "level",
              firstContent: at + took(at) / 2,
              lastContent: at + took(at),
              ended: at + took(at),
            }),
            iteration(at, { ended: at + took(at) }),
          ]
        : [censoredRequest(at, { phase: "level", ended: until }), cutOff(at)],
    ]),
    ...every(250, 1250, (until - 1250) / 250).map((at): [number, RunLine[]] => [
      at,
      [sample(at, "vus", inFlight(at), "crew")],
    ]),
  ];
  const inOrder = timed.sort(([a], [b]) => a - b).flatMap(([, lines]) => lines);
  const drain = mark("drain", [41_000, 42_000], { measured: false });
  return [...levelMarks, ...inOrder, drain];
}

function reader(lines: readonly RunLine[]): LevelReader {
  const fresh = new LevelReader(levelPlan(plan({ slo }), shape));
  for (const line of lines) fresh.add(line);
  return fresh;
}

describe("a level", () => {
  it("knows from its plan what was asked for", () => {
    expect(askedOf(levelPlan(plan(), shape))).toEqual({ load: 10, warmup: 4000, by: "rate" });
    const users = levelPlan(plan(), { ...shape, by: "concurrency" });
    expect(askedOf(users)).toEqual({ load: 10, warmup: 4000, by: "concurrency" });
  });

  it("is steady once the number in flight is, warm-up included", () => {
    expect(reader(linesOf(() => 100)).finish().settled).toBe(0);
    // Cold for the first eight seconds of forty.
    const cold = reader(linesOf((at) => (at < 9000 ? 800 : 100))).finish();
    expect(cold.settled).toBe(10_000);
  });

  it("judges the requests of its own phase, in the order in which they were due", () => {
    const late = { phase: "level", firstContent: 8500, lastContent: 8600, ended: 8600 };
    const lines = [
      request(7100, { phase: "level" }),
      request(7000, late),
      failedRequest(7200, { phase: "level" }),
      censoredRequest(7300, { phase: "level" }),
      request(4000, { phase: "warmup" }),
    ];
    const { good, admission } = reader([...levelMarks, ...lines]).finish();
    expect(good).toEqual([false, true, false]);
    expect(admission).toMatchObject({ asked: 3, refused: 1 });
  });

  it("is saturated when its queue grows without end, and then what was cut off counts as bad", () => {
    const grows = linesOf((at) => (at < 5000 ? 100 : (at - 5000) * 2), 20_000);
    const read = reader(grows);
    expect(read.saturated).toBe(true);
    const { good, settled, served } = read.finish();
    const { length } = grows.filter((line) => line.type === "request" && line.phase === "level");
    expect(good).toHaveLength(length);
    expect(settled).toBeUndefined();
    expect(served?.perSecond).toBeLessThan(8);
  });

  it.each([
    ["steady", linesOf(() => 100)],
    ["whose queue grows", linesOf((at) => (at < 5000 ? 100 : (at - 5000) * 2), 20_000)],
  ])("that is %s says the same live and from its file", async (_, lines) => {
    const root = scratchFolder("level");
    const run = createRun(root, "level", without(header(), "type", "schema", "run"));
    const live = new LevelReader(levelPlan(plan({ slo }), shape));
    let alarms = 0;
    const watch = watchLevel(live, () => (alarms += 1));
    for (let i = 0; i < lines.length; i += 7) {
      const batch = lines.slice(i, i + 7);
      run.append(batch);
      watch.lines(batch);
    }
    run.close();
    const again = new LevelReader(levelPlan(plan({ slo }), shape));
    for await (const line of readRun(run.directory)) again.add(line);
    expect(again.finish()).toEqual(live.finish());
    expect(alarms).toBe(live.saturated ? 1 : 0);
  });
});
