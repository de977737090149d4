import { describe, expect, it } from "vitest";
import { randomStream } from "../../../src/core/random.ts";
import { isSaturated, type FlightReading } from "../../../src/judge/capacity/saturation.ts";

/** A reading every 250 ms. */
function readings(seconds: number, inFlight: (second: number) => number): FlightReading[] {
  return Array.from({ length: seconds * 4 }, (_, i) => ({
    at: i * 250,
    inFlight: inFlight(i / 4),
  }));
}

describe("a growing queue", () => {
  it("is seen when a third of what arrives is left undone", () => {
    const random = randomStream("saturation", "grows");
    expect(
      isSaturated(
        readings(15, (s) => 10 + 7 * s + 3 * random.normal()),
        20,
      ),
    ).toBe(true);
  });

  it("is not seen in the ups and downs of a server that keeps up", () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const random = randomStream("saturation", String(seed));
      let level = 12;
      const wandering = readings(10, () => {
        level += 0.3 * (12 - level) + 2 * random.normal();
        return level;
      });
      expect(isSaturated(wandering, 20)).toBe(false);
    }
  });

  it("is hardly ever seen where a server just keeps up and the number in flight is a random walk", () => {
    let seen = 0;
    for (let seed = 0; seed < 300; seed += 1) {
      const random = randomStream("walk", String(seed));
      const deviation = Math.sqrt(2 * 40 * 0.25);
      let level = 40;
      const walk = readings(20, () => (level = Math.max(0, level + deviation * random.normal())));
      // As the program looks: again and again while the level goes on.
      if (walk.some((_, i) => isSaturated(walk.slice(0, i + 1), 40))) seen += 1;
    }
    expect(seen / 300).toBeLessThan(0.02);
  });

  it("is not seen in the sway of a server with many requests at work", () => {
    // 100 at work, now and then a third more: at 100/s it is a wave, not a queue.
    expect(
      isSaturated(
        readings(5, (s) => 100 + 10 * s),
        100,
      ),
    ).toBe(false);
    expect(
      isSaturated(
        readings(5, (s) => 100 + 30 * s),
        100,
      ),
    ).toBe(true);
  });

  it("is not seen before there is enough to see", () => {
    expect(
      isSaturated(
        readings(2, (s) => 100 * s),
        20,
      ),
    ).toBe(false);
    expect(isSaturated([], 20)).toBe(false);
  });
});
