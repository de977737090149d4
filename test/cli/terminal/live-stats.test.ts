import { expect, it } from "vitest";
import { LiveStats } from "../../../src/cli/terminal/live-stats.ts";
import { iteration } from "../../support/runs/run-lines.ts";

it("the rate shown is of what was started, also where a queue grows and hardly anything ends", () => {
  const stats = new LiveStats();
  stats.begin(0);
  // 30 a second are started, 10 a second end.
  const rates = Array.from({ length: 20 }, (_, second) => {
    stats.take(Array.from({ length: 10 }, (_, i) => iteration(1000 * second + 100 * i)));
    return stats.figures(1000 * (second + 1), 20 * (second + 1)).rate;
  });
  for (const rate of rates) expect(rate).toBeCloseTo(30, 9);
});

it("a rate that changes shows within seconds", () => {
  const stats = new LiveStats();
  for (let second = 0; second <= 10; second += 1) stats.figures(1000 * second, 10 * second);
  for (let second = 11; second <= 16; second += 1)
    stats.figures(1000 * second, 100 + 40 * (second - 10));
  expect(stats.figures(17_000, 380).rate).toBeCloseTo(40, 9);
});

it("looks that are as far apart as the window show what was between them", () => {
  const stats = new LiveStats();
  stats.begin(0);
  const counts = [50, 100, 300, 500];
  const rates = counts.map((count, i) => stats.figures(5000 * (i + 1), count).rate);
  expect(rates).toEqual([10, 10, 40, 40]);
});

it("the first look shows the rate since the traffic began, and none before", () => {
  const stats = new LiveStats();
  stats.begin(2000);
  expect(stats.figures(1900, 0).rate).toBe(0);
  expect(stats.figures(7000, 50).rate).toBeCloseTo(10, 0);
});
