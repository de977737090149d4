import fc from "fast-check";
import { expect, it } from "vitest";
import { microsText } from "../../../src/report/export/micros-text.ts";

it("a time is written to the microsecond, as the shortest number that says it", () => {
  const times = fc.oneof(
    fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    fc.integer({ min: -(10 ** 7), max: 10 ** 7 }).map((micros) => micros / 1000),
    fc.double(),
  );
  fc.assert(
    fc.property(times, (ms) => {
      expect(microsText(ms)).toBe(String(Math.round(ms * 1000) / 1000));
    }),
    { numRuns: 3000 },
  );
});
