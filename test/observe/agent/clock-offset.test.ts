import fc from "fast-check";
import { expect, test } from "vitest";
import { ClockOffset, offsetOf } from "../../../src/observe/agent/clock-offset.ts";

const ms = (most: number): fc.Arbitrary<number> => fc.double({ min: 0, max: most, noNaN: true });

test("the offset is wrong by half the round trip at most, however uneven the ways are", () => {
  const away = fc.double({ min: -1e9, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(away, ms(500), ms(500), ms(100), (truth, there, back, thinking) => {
      const asked = 1000;
      const received = asked + there + truth;
      const sent = received + thinking;
      const answered = asked + there + thinking + back;
      const { offset, error } = offsetOf({ asked, received, sent, answered });
      expect(Math.abs(offset - truth)).toBeLessThanOrEqual(error + 1e-5);
    }),
  );
});

test("the quickest of many exchanges is believed", () => {
  const clock = new ClockOffset();
  expect(clock.at(0)).toBeUndefined();
  const exchange = (asked: number, there: number, back: number): void => {
    const received = asked + there + 5000;
    clock.add({ asked, received, sent: received, answered: asked + there + back });
  };
  exchange(0, 40, 2);
  expect(clock.at(42)?.offset).toBeCloseTo(5019, 9);
  exchange(100, 1, 1);
  exchange(200, 30, 10);
  expect(clock.at(240)?.offset).toBeCloseTo(5000, 9);
});

test("an old answer gives way once the clocks may have drifted apart by more than a new one's error", () => {
  const clock = new ClockOffset();
  clock.add({ asked: 0, received: 5001, sent: 5001, answered: 2 });
  const later = 60_000;
  expect(clock.at(later)?.error).toBeGreaterThan(10);
  clock.add({ asked: later, received: later + 5009, sent: later + 5009, answered: later + 10 });
  expect(clock.at(later + 10)?.offset).toBeCloseTo(5004, 9);
});
