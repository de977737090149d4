import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { settingsOf, settingText, visitsOf, type Axis } from "../../../src/judge/sweep/grid.ts";

const axesArbitrary = fc
  .uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 4 })
  .chain((keys) =>
    fc.tuple(
      ...keys.map((key) =>
        fc
          .uniqueArray(fc.integer({ min: 1, max: 99 }).map(String), { minLength: 1, maxLength: 4 })
          .map((values): Axis => ({ key, values })),
      ),
    ),
  );

describe("the cells of a sweep", () => {
  it("are every combination, each once, the last axis changing fastest", () => {
    const axes = [
      { key: "p", values: ["1", "2"] },
      { key: "q", values: ["a", "b"] },
    ];
    expect(settingsOf(axes).map(settingText)).toEqual(["p=1 q=a", "p=1 q=b", "p=2 q=a", "p=2 q=b"]);
  });

  it("are as many as the product of the values, all different, all within the axes", () => {
    fc.assert(
      fc.property(axesArbitrary, (axes) => {
        const settings = settingsOf(axes);
        expect(settings).toHaveLength(axes.reduce((n, { values }) => n * values.length, 1));
        expect(new Set(settings.map(settingText)).size).toBe(settings.length);
        for (const setting of settings)
          for (const { key, values } of axes) expect(values).toContain(setting[key]);
      }),
    );
  });
});

describe("the order of a sweep", () => {
  const shape = fc.record({
    cells: fc.integer({ min: 1, max: 60 }),
    repeats: fc.integer({ min: 1, max: 4 }),
    seed: fc.integer({ min: 0, max: 1e6 }),
  });

  it("has every cell once in each round, whatever the seed, and follows from the seed alone", () => {
    fc.assert(
      fc.property(shape, ({ cells, repeats, seed }) => {
        const visits = visitsOf(cells, repeats, seed);
        expect(visitsOf(cells, repeats, seed)).toEqual(visits);
        for (let round = 0; round < repeats; round += 1) {
          const part = visits.slice(round * cells, (round + 1) * cells);
          expect(part.every(({ repeat }) => repeat === round)).toBe(true);
          expect(part.map(({ cell }) => cell).sort((a, b) => a - b)).toEqual([
            ...Array(cells).keys(),
          ]);
        }
      }),
    );
  });

  it("is another one for another seed and in another round", () => {
    const cellsInTurn = (seed: number): readonly number[] =>
      visitsOf(20, 2, seed).map(({ cell }) => cell);
    expect(cellsInTurn(1)).not.toEqual(cellsInTurn(2));
    expect(cellsInTurn(1).slice(0, 20)).not.toEqual(cellsInTurn(1).slice(20));
  });

  it("puts every cell at every place about equally often", () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed += 1)
      for (const [place, { cell }] of visitsOf(3, 1, seed).entries())
        counts.set(`${place} ${cell}`, (counts.get(`${place} ${cell}`) ?? 0) + 1);
    expect(counts.size).toBe(9);
    // 2000 ± 36; seven standard deviations.
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(255);
  });
});
