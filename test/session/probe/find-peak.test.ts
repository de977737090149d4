import { describe, expect, it } from "vitest";
import { search } from "../../../src/session/probe/find-peak.ts";
import type { Level } from "../../../src/session/probe/probe-level.ts";

/** A server that carries `most` iterations per second, each of `alone` ms when it has time. */
function server(most: number, alone = 100, more: Partial<Level> = {}) {
  const asked: number[] = [];
  const runLevel = (vus: number): Promise<Level> => {
    asked.push(vus);
    const rate = Math.min(most, (vus * 1000) / alone);
    return Promise.resolve({ vus, rate, duration: (vus / rate) * 1000, failedShare: 0, ...more });
  };
  return { asked, runLevel };
}

const world = { now: () => 0, signal: new AbortController().signal, say: () => undefined };

describe("--peak auto", () => {
  it("doubles the users until throughput stops growing, and takes half of the most", async () => {
    const { asked, runLevel } = server(60);
    const { peak, message } = await search(runLevel, world);
    expect(asked).toEqual([1, 2, 4, 8, 16]);
    expect(peak).toBe(30);
    expect(message).toBe(
      "--peak auto found 60.0/s at 8 virtual users (1: 10.0/s, 2: 20.0/s, 4: 40.0/s, 8: 60.0/s, 16: 60.0/s); 50 % of it is the peak: 30/s",
    );
  });

  it("gives up on a server that never fills up, after 1,024 users", async () => {
    const { asked, runLevel } = server(Infinity);
    expect((await search(runLevel, world)).peak).toBe(5120);
    expect(asked.at(-1)).toBe(1024);
  });

  it("begins no level after a minute and a half", async () => {
    const { asked, runLevel } = server(Infinity);
    let now = 0;
    await search(runLevel, { ...world, now: () => (now += 20_000) });
    expect(asked.length).toBeLessThan(6);
  });

  it("does not count what a server refuses", async () => {
    const { runLevel } = server(1000);
    const refusing = async (vus: number): Promise<Level> => ({
      ...(await runLevel(vus)),
      failedShare: vus > 4 ? 0.5 : 0,
    });
    const { peak, message } = await search(refusing, world);
    expect(peak).toBe(20);
    expect(message).toContain("8: 80.0/s, 50 % failed");
  });

  it("says how requests fail when they all do", async () => {
    const { runLevel } = server(0, 100, { failedShare: 1, failure: "auth: 401" });
    await expect(search(runLevel, world)).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining("auth: 401") as string,
    });
  });

  it("says when no iteration ended", async () => {
    const { runLevel } = server(0, 100, { duration: undefined });
    await expect(search(runLevel, world)).rejects.toMatchObject({ exitCode: 2 });
  });
});
