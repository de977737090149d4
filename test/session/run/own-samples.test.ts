import { expect, test } from "vitest";
import { suspensionReader } from "../../../src/session/run/own-samples.ts";

test("a machine that was suspended shows by the clock that went on", () => {
  const time = { run: 0, boot: 1000 };
  const read = suspensionReader({ now: () => time.run }, () => time.boot);
  const pass = (awake: number, asleep: number): number => {
    time.run += awake * 1000;
    time.boot += awake + asleep;
    return read();
  };
  expect(pass(1, 0)).toBe(0);
  expect(pass(1, 600)).toBe(600_000);
  expect(pass(1, 0)).toBe(0);
  // A clock of whole seconds, and clocks that drift apart, are no suspension.
  expect([pass(1, 0.9), pass(1, -0.9), pass(1, 0.9)]).toEqual([0, 0, 0]);
});
