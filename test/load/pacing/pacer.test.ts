import { expect, test } from "vitest";
import { pace } from "../../../src/load/pacing/pacer.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

function paced(clock: VirtualClock, offsets: readonly number[]) {
  const stop = new AbortController();
  const calls: { index: number; deadline: number; at: number }[] = [];
  const work = pace(
    { clock, begin: 100, offsets: Float64Array.from(offsets), signal: stop.signal },
    (index, deadline) => calls.push({ index, deadline, at: clock.now() }),
  );
  return { stop, calls, work };
}

test("every deadline is called at its time", async () => {
  const clock = new VirtualClock();
  const { calls, work } = paced(clock, [0, 10, 10, 25]);
  await clock.run(work);
  expect(calls.map(({ index, at }) => [index, at])).toEqual([
    [0, 100],
    [1, 110],
    [2, 110],
    [3, 125],
  ]);
});

test("after a blocked event loop all that is due comes at once, in order, with its own deadline", async () => {
  const clock = new VirtualClock();
  const { calls, work } = paced(clock, [0, 10, 20, 30, 60]);
  await clock.advanceTo(105);
  await clock.jumpTo(135);
  await clock.run(work);
  expect(calls.map(({ deadline, at }) => [deadline, at])).toEqual([
    [100, 100],
    [110, 135],
    [120, 135],
    [130, 135],
    [160, 160],
  ]);
});

test("an abort ends the waiting at once and calls nothing more", async () => {
  const clock = new VirtualClock();
  const { stop, calls, work } = paced(clock, [0, 1e9]);
  await clock.advanceTo(200);
  stop.abort();
  await work;
  expect(calls).toHaveLength(1);
  expect(clock.sleepers).toBe(0);
});

test("a pacer that is always late still lets I/O happen", async () => {
  // Starting one takes longer than the gap to the next: every wake finds another one due.
  let now = 0;
  const clock = { now: () => now, sleepUntil: () => Promise.resolve() };
  const stop = new AbortController();
  setImmediate(() => {
    stop.abort();
  });
  const offsets = Float64Array.from({ length: 100_000 }, (_, i) => i);
  let calls = 0;
  await pace({ clock, begin: 0, offsets, signal: stop.signal }, () => {
    calls += 1;
    now += 2;
  });
  expect(calls).toBeLessThan(100);
});

test("no deadlines, no waiting", async () => {
  const { calls, work } = paced(new VirtualClock(), []);
  await work;
  expect(calls).toEqual([]);
});

test("a backlog is drained in parts, so that I/O happens between them", async () => {
  let now = 0;
  let turns = 0;
  const clock = { now: () => now, sleepUntil: () => Promise.resolve() };
  const count = (): void => {
    turns += 1;
    if (now < 1000) setImmediate(count);
  };
  count();
  // A hundred are due at once, and starting one takes 10 ms.
  const offsets = new Float64Array(100);
  const { signal } = new AbortController();
  await pace({ clock, begin: 0, offsets, signal }, () => (now += 10));
  expect(turns).toBeGreaterThan(20);
});
