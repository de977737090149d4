import fc from "fast-check";
import { expect, it } from "vitest";
import { fewAtOnce } from "../../src/store/few-at-once.ts";

it("does all of the work, never more than 16 at once, and keeps the order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5), { maxLength: 60 }), async (waits) => {
      let [open, most] = [0, 0];
      const results = await fewAtOnce([...waits.entries()], async ([i, turns]) => {
        open += 1;
        most = Math.max(most, open);
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
        open -= 1;
        return i;
      });
      expect(results).toEqual([...waits.keys()]);
      expect(most).toBeLessThanOrEqual(16);
    }),
  );
});

it("fails as the work does", async () => {
  const work = (item: number): Promise<number> =>
    item === 3 ? Promise.reject(new Error("no")) : Promise.resolve(item);
  await expect(fewAtOnce([1, 2, 3, 4], work)).rejects.toThrow("no");
});
