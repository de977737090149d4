import { expect, test } from "vitest";
import { BatchLoop } from "../../src/reference-server/engine/batch-loop.ts";
import { recordedJob, scriptedDecoder, smallVocabulary } from "../support/scripted-decoder.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

function loopOf(slots: number, { contextSize = 64, batchSize = 16 } = {}) {
  const decoder = scriptedDecoder(batchSize);
  const clock = new VirtualClock();
  const loop = new BatchLoop({ decoder, vocabulary: smallVocabulary, clock, slots, contextSize });
  return { decoder, clock, loop };
}

test("jobs that arrive together share every batch", async () => {
  const { decoder, loop } = loopOf(2);
  const jobs = [recordedJob([2, 3], { maxTokens: 2 }), recordedJob([4], { maxTokens: 2 })];
  for (const { job } of jobs) loop.submit(job);
  const prompts = await decoder.next();
  expect(prompts.work.map(({ tokens }) => tokens)).toEqual([[4], [2, 3]]);
  prompts.resolve();
  const tokens = await decoder.next();
  expect(tokens.work.map(({ position }) => position)).toEqual([1, 2]);
  tokens.resolve();
  await loop.idle();
  expect(jobs.map(({ heard }) => heard)).toEqual([
    ["started", "token t", "token t", "finished limit"],
    ["started", "token t", "token t", "finished limit"],
  ]);
});

test("jobs beyond the slots wait, first come first served, and are counted", async () => {
  const { decoder, loop } = loopOf(1);
  const [first, second, third] = [2, 3, 4].map((token) => recordedJob([token], { maxTokens: 1 }));
  for (const recorded of [first!, second!, third!]) loop.submit(recorded.job);
  const step = await decoder.next();
  expect(loop.deferred).toBe(2);
  step.resolve();
  const next = await decoder.next();
  expect(loop.deferred).toBe(1);
  expect(first!.heard.at(-1)).toBe("finished limit");
  expect(next.work[0]?.tokens).toEqual([3]);
  next.resolve();
  (await decoder.next()).resolve();
  await loop.idle();
  expect(third!.heard.at(-1)).toBe("finished limit");
});

test("a cancelled job hears nothing more, and its slot is free after the decode that runs", async () => {
  const { decoder, loop } = loopOf(1);
  const cancelled = recordedJob([2], { maxTokens: 9 });
  const waiting = recordedJob([3], { maxTokens: 1 });
  loop.submit(cancelled.job);
  loop.submit(waiting.job);
  const step = await decoder.next();
  loop.cancel(cancelled.job);
  step.resolve();
  const next = await decoder.next();
  expect(next.work[0]?.tokens).toEqual([3]);
  next.resolve();
  await loop.idle();
  expect(cancelled.heard).toEqual(["started"]);
  expect(waiting.heard.at(-1)).toBe("finished limit");
  expect(decoder.disposed()).toBe(2);
});

test("a job cancelled in the queue never gets a slot", async () => {
  const { decoder, loop } = loopOf(1);
  const [first, second] = [recordedJob([2], { maxTokens: 1 }), recordedJob([3], { maxTokens: 1 })];
  loop.submit(first.job);
  loop.submit(second.job);
  const step = await decoder.next();
  loop.cancel(second.job);
  expect(loop.deferred).toBe(0);
  step.resolve();
  await loop.idle();
  expect(second.heard).toEqual([]);
});

test("a long prompt is decoded in parts, beside the tokens of others", async () => {
  const { decoder, loop } = loopOf(2, { batchSize: 4 });
  const short = recordedJob([2], { maxTokens: 3 }, 0);
  loop.submit(short.job);
  (await decoder.next()).resolve();
  const running = await decoder.next();
  const long = recordedJob([2, 3, 4, 5, 6], { maxTokens: 1, returnProgress: true }, 1);
  loop.submit(long.job);
  running.resolve();
  const first = await decoder.next();
  expect(first.work.map(({ tokens }) => tokens.length)).toEqual([1, 3]);
  expect(first.work.map(({ sampler }) => sampler === undefined)).toEqual([false, true]);
  first.resolve();
  const second = await decoder.next();
  expect(second.work).toHaveLength(1);
  second.resolve();
  await loop.idle();
  expect(long.heard.slice(0, 4)).toEqual(["started", "progress 0", "progress 3", "progress 5"]);
  expect(short.finish()?.generated).toBe(3);
});

test("an end-of-generation token is counted and ends the job", async () => {
  const { decoder, loop } = loopOf(1);
  const recorded = recordedJob([2]);
  loop.submit(recorded.job);
  (await decoder.next()).resolve(7);
  (await decoder.next()).resolve(1);
  await loop.idle();
  expect(recorded.finish()).toMatchObject({ generated: 2, stop: { type: "eos" }, text: " t" });
});

test("a full context ends the job and says so", async () => {
  const { decoder, loop } = loopOf(1, { contextSize: 4 });
  const recorded = recordedJob([2, 3]);
  loop.submit(recorded.job);
  (await decoder.next()).resolve();
  (await decoder.next()).resolve();
  await loop.idle();
  expect(recorded.finish()).toMatchObject({
    generated: 2,
    truncated: true,
    stop: { type: "limit" },
    inContext: 3,
  });
});

test("the cache is used only when asked for, and one prompt token is always evaluated", async () => {
  const { decoder, loop } = loopOf(1);
  const prompt = [2, 3, 4];
  const cached = async (cachePrompt: boolean): Promise<number | undefined> => {
    const recorded = recordedJob(prompt, { maxTokens: 1, cachePrompt });
    loop.submit(recorded.job);
    (await decoder.next()).resolve();
    await loop.idle();
    return recorded.finish()?.timings.cached;
  };
  expect(await cached(false)).toBe(0);
  expect(await cached(true)).toBe(2);
  expect(await cached(false)).toBe(0);
  expect(decoder.trims.map(([, position]) => position)).toEqual([0, 2, 0]);
});

test("a failed decode fails the jobs in it, and the next job finds a clean slot", async () => {
  const { decoder, loop } = loopOf(1);
  const failing = recordedJob([2, 3]);
  loop.submit(failing.job);
  (await decoder.next()).reject(new Error("no room"));
  await loop.idle();
  expect(failing.heard).toEqual(["started", "failed no room"]);
  const next = recordedJob([2, 3], { maxTokens: 1, cachePrompt: true });
  loop.submit(next.job);
  (await decoder.next()).resolve();
  await loop.idle();
  expect(next.finish()?.timings.cached).toBe(0);
});

test("a slot's time starts when it takes the job: waiting is not in it", async () => {
  const { decoder, loop, clock } = loopOf(1);
  const [first, second] = [recordedJob([2], { maxTokens: 1 }), recordedJob([3], { maxTokens: 1 })];
  loop.submit(first.job);
  loop.submit(second.job);
  const step = await decoder.next();
  await clock.jumpTo(500);
  step.resolve();
  const next = await decoder.next();
  await clock.jumpTo(520);
  next.resolve();
  await loop.idle();
  expect(first.finish()?.timings.promptMs).toBe(500);
  expect(second.finish()?.timings.promptMs).toBe(20);
  expect(loop.totals).toMatchObject({
    promptTokens: 2,
    generatedTokens: 2,
    decodes: 2,
    promptMs: 520,
  });
});

test("a job that asks for a slot waits for that slot; one that asks for none that exists does not", async () => {
  const { decoder, loop } = loopOf(2);
  const first = recordedJob([2], { maxTokens: 1 }, 0);
  const second = recordedJob([3], { maxTokens: 1 }, 0);
  const third = recordedJob([4], { maxTokens: 1 }, 99);
  for (const { job } of [first, second, third]) loop.submit(job);
  const step = await decoder.next();
  expect(step.work.map(({ sequence, tokens }) => [sequence, tokens])).toEqual([
    [0, [2]],
    [1, [4]],
  ]);
  step.resolve();
  (await decoder.next()).resolve();
  await loop.idle();
  expect(second.finish()?.slot).toBe(0);
});
