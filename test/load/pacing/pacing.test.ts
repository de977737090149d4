import { afterAll, beforeAll, expect, test } from "vitest";
import { originNow, systemClock, type Clock } from "../../../src/core/clock.ts";
import { pace } from "../../../src/load/pacing/pacer.ts";
import { preciseClock, startPacing, type Pacing } from "../../../src/load/pacing/pacing.ts";
import { workerLoader } from "../../support/worker-loader.ts";

const origin = originNow();
const plain = systemClock(origin);
let pacing: Pacing;
let clock: Clock;

beforeAll(() => {
  pacing = startPacing(origin, 2, workerLoader());
  clock = preciseClock(plain, pacing.mailbox, 0);
});

afterAll(async () => {
  await pacing.stop();
});

test("the pacing thread wakes every sleeper, never early, the earliest first", async () => {
  const now = clock.now();
  const woken: number[] = [];
  const sleep = async (offset: number): Promise<number> => {
    await clock.sleepUntil(now + offset);
    woken.push(offset);
    return clock.now() - (now + offset);
  };
  const lags = await Promise.all([20.4, 5.2, 12.7, -1].map(sleep));
  expect(lags.every((lag) => lag >= 0)).toBe(true);
  expect([...woken].sort((a, b) => a - b)).toEqual(woken);
});

test("I/O threads have slots of their own", async () => {
  const other = preciseClock(plain, pacing.mailbox, 1);
  const until = clock.now() + 10;
  await Promise.all([clock.sleepUntil(until), other.sleepUntil(until + 1)]);
  expect(clock.now()).toBeGreaterThanOrEqual(until + 1);
});

test("a schedule is paced by it, every start once and never early", async () => {
  const offsets = Float64Array.from({ length: 500 }, (_, i) => i * 0.2);
  const calls: number[] = [];
  let early = 0;
  const { signal } = new AbortController();
  await pace({ clock, begin: clock.now() + 5, offsets, signal }, (index, deadline) => {
    calls.push(index);
    if (clock.now() < deadline) early += 1;
  });
  expect(calls).toEqual(Array.from(offsets, (_, i) => i));
  expect(early).toBe(0);
});

test("an abort ends a sleep at once", async () => {
  const stop = new AbortController();
  const sleep = clock.sleepUntil(clock.now() + 1e9, stop.signal);
  stop.abort();
  await sleep;
  await clock.sleepUntil(clock.now() + 1e9, stop.signal);
});

test("without a pacing thread a plain timer wakes, so that nobody sleeps for ever", async () => {
  const ended = startPacing(origin, 1, workerLoader());
  await ended.stop();
  const lonely = preciseClock(plain, ended.mailbox, 0);
  const until = lonely.now() + 5;
  await lonely.sleepUntil(until);
  expect(lonely.now()).toBeGreaterThanOrEqual(until);
});

test("without the thread everybody is woken by a plain timer", async () => {
  const broken = startPacing(origin, 1, ["--import", "data:text/javascript,throw 1"]);
  const own = preciseClock(plain, broken.mailbox, 0);
  const atOnce = own.now() + 3;
  await own.sleepUntil(atOnce);
  expect(own.now()).toBeGreaterThanOrEqual(atOnce);
  await broken.stop();
  const afterwards = own.now() + 3;
  await own.sleepUntil(afterwards);
  expect(own.now()).toBeGreaterThanOrEqual(afterwards);
});
