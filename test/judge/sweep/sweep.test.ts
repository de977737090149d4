import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { statusOf } from "../../../src/judge/sweep/sweep.ts";
import {
  cellRun,
  invalid,
  missed,
  noServer,
  sweepFixture,
} from "../../support/runs/sweep-fixture.ts";

const slow = cellRun({ goodput: 3 });
const fast = cellRun({ goodput: 7 });

describe("the outcome of a sweep", () => {
  it("names the cell with the most good requests among those that hold", () => {
    const { outcome } = sweepFixture([[slow], [missed], [fast], [invalid]]);
    expect(outcome).toMatchObject({ end: "complete", exitCode: 0, best: { cell: 2, value: 7 } });
    expect(outcome.message).toBe("Of 4 cells 2 hold, 1 misses a limit, 1 is INVALID.");
  });

  it("takes the least where less is better", () => {
    const cells = [[cellRun({ e2e: 90 })], [cellRun({ e2e: 300 })], [missed], [missed]];
    const { outcome } = sweepFixture(cells, { objective: "e2e" });
    expect(outcome.best).toMatchObject({ cell: 0, value: 90 });
  });

  it("ranks by what requests carry, where it is asked to", () => {
    const single = cellRun({ goodput: 181, itemsPerSecond: 724 });
    const large = cellRun({ goodput: 140, itemsPerSecond: 4480 });
    const { outcome } = sweepFixture([[single], [large], [missed], [missed]], {
      objective: "items",
    });
    expect(outcome.best).toMatchObject({ cell: 1, value: 4480 });
  });

  it("never names a cell that is INVALID, missed a limit or had no server", () => {
    const kinds = fc.constantFrom(slow, fast, missed, invalid, noServer);
    fc.assert(
      fc.property(fc.array(kinds, { minLength: 4, maxLength: 4 }), (runs) => {
        const sweep = sweepFixture(runs.map((run) => [run]));
        const { best, exitCode } = sweep.outcome;
        const holding = runs.filter((run) => run === slow || run === fast);
        expect(best === undefined).toBe(holding.length === 0);
        // Cells that cannot be told from each other by one run each tell nothing.
        const told = holding.length === 1 || new Set(holding).size > 1;
        expect(exitCode === 0).toBe(told);
        if (holding.length > 0 && !told) expect(exitCode).toBe(3);
        if (best === undefined) return;
        expect(statusOf(sweep.cells[best.cell]!, 1)).toBe("held");
        expect(best.value).toBe(holding.includes(fast) ? 7 : 3);
      }),
    );
  });

  it("fails when none holds, is invalid when none can be trusted, and blames servers that never worked", () => {
    expect(sweepFixture([[missed], [invalid], [noServer], [missed]]).outcome.exitCode).toBe(1);
    expect(sweepFixture([[invalid], [invalid], [invalid], [noServer]]).outcome.exitCode).toBe(5);
    const dead = sweepFixture([[noServer], [noServer], [noServer], [noServer]]);
    expect(dead.outcome.exitCode).toBe(6);
    expect(dead.outcome.message).toContain("4 had no working server");
  });

  it("says how many cells are left when it was interrupted, and ends with 130", () => {
    const { outcome } = sweepFixture([[slow], [], [missed], []], { end: "interrupted" });
    expect(outcome).toMatchObject({ end: "interrupted", exitCode: 130, best: { cell: 0 } });
    expect(outcome.message).toContain("2 of 4 cells are not measured");
    expect(outcome.message).toContain("The best so far is server.parallel=1 concurrency=2");
  });

  it("has no answer yet when its time was spent and no cell that was measured holds", () => {
    const { outcome } = sweepFixture([[missed], [], [missed], []], { end: "budget" });
    expect(outcome).toMatchObject({ end: "budget", exitCode: 3 });
    expect(outcome.message).toContain("The time was spent: 2 of 4 cells are not measured.");
    expect(sweepFixture([[slow], [], [], []], { end: "budget" }).outcome.exitCode).toBe(0);
  });
});

describe("a sweep over lengths and a server flag", () => {
  it("names the best for each of the lengths, since longer requests are another task", () => {
    const axes = [
      { key: "server.parallel", values: ["1", "4"] },
      { key: "output-tokens", values: ["8", "64"] },
    ];
    const of = (tokensPerSecond: number) => [cellRun({ tokensPerSecond })];
    const cells = [of(40), [missed], of(20), [missed]];
    const { outcome } = sweepFixture(cells, { axes, objective: "tokens" });
    expect(outcome.best).toMatchObject({ cell: 0, value: 40 });
    expect(outcome.byLengths).toMatchObject([
      { lengths: { "output-tokens": "8" }, best: { cell: 0, value: 40, alike: [] } },
      { lengths: { "output-tokens": "64" } },
    ]);
    expect(outcome.byLengths?.[1]?.best).toBeUndefined();
    expect(sweepFixture(cells).outcome.byLengths).toBeUndefined();
  });
});

describe("a cell with repeats", () => {
  const three = (...values: readonly number[]) =>
    values.map((goodput, repeat) => cellRun({ repeat, goodput }));

  it("holds only when every valid run of it does, and all are measured", () => {
    const { cells } = sweepFixture([
      [fast, fast, { ...missed, repeat: 2 }],
      [fast, fast],
      [fast, invalid, fast],
      [invalid, invalid, invalid],
    ]);
    expect(cells.map((cell) => statusOf(cell, 3))).toEqual(["missed", "open", "held", "invalid"]);
  });

  it("is not told from the best one while its difference is within what the repeats vary", () => {
    const near = [
      three(100, 104, 96),
      three(98, 103, 97),
      three(50, 52, 48),
      [missed, missed, missed],
    ];
    const { best } = sweepFixture(near, { repeats: 3 }).outcome;
    expect(best).toMatchObject({ cell: 0, alike: [1], marginFrom: "repeats" });
    // t(0.975, 6 df) · s · √(2/3), s pooled over deviations of about 4, 3.2 and 4 %.
    expect(best?.margin).toBeCloseTo(Math.expm1(2.4469 * 0.0376 * Math.sqrt(2 / 3)), 3);
    const far = [
      three(100, 101, 99),
      three(90, 91, 89),
      three(50, 51, 49),
      [missed, missed, missed],
    ];
    expect(sweepFixture(far, { repeats: 3 }).outcome.best?.alike).toEqual([]);
  });

  it("rests on an assumed margin where every cell was measured once", () => {
    const cells = [[cellRun({ goodput: 10 })], [cellRun({ goodput: 9.6 })], [slow], [missed]];
    expect(sweepFixture(cells).outcome.best).toMatchObject({
      ...{ cell: 0, alike: [1], marginFrom: "assumed" },
    });
    expect(sweepFixture(cells).outcome.best!.margin).toBeCloseTo(0.123, 3);
  });
});
