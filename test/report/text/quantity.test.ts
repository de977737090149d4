import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elapsed, limitText, parts, percent, quantity } from "../../../src/report/text/quantity.ts";

describe("quantities", () => {
  it("carry the unit of their metric", () => {
    expect(quantity(412.4, "ms")).toBe("412 ms");
    expect(quantity(0, "ms")).toBe("0 ms");
    expect(quantity(637.9, "tokens/s")).toBe("638 tokens/s");
    expect(quantity(4.819, "1/s")).toBe("4.82/s");
    expect(quantity(1_234_567, "requests")).toBe("1,234,567 requests");
    expect(quantity(0.125, undefined)).toBe("0.125");
  });

  it("never call a part all or nothing", () => {
    expect(percent(0)).toBe("0 %");
    expect(percent(1)).toBe("100 %");
    expect(percent(1e-6)).toBe("<0.01 %");
    expect(percent(1 - 1e-6)).toBe(">99.99 %");
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        if (share > 0) expect(percent(share)).not.toMatch(/^0(\.0+)? %$/);
        if (share < 1) expect(percent(share)).not.toMatch(/^100(\.0+)? %$/);
      }),
    );
  });

  it("show limits as somebody wrote them", () => {
    expect(limitText(2000, "ms")).toBe("2 s");
    expect(limitText(50, "ms")).toBe("50 ms");
    expect(limitText(0.01, "ratio")).toBe("1 %");
    expect(limitText(0.001, "ratio")).toBe("0.1 %");
    expect(limitText(100, undefined)).toBe("100");
    expect(limitText(125_000, "ms")).toBe("2m 05s");
  });

  it("split in number and unit without losing anything", () => {
    expect(parts(412.4, "ms")).toEqual({ value: "412", unit: "ms" });
    expect(parts(125_000, "ms")).toEqual({ value: "2m 05s", unit: "" });
    expect(parts(1e-6, "ratio")).toEqual({ value: "<0.01", unit: "%" });
  });

  it("tell the time into the traffic", () => {
    expect(elapsed(0)).toBe("0:00");
    expect(elapsed(63_210)).toBe("1:03");
    expect(elapsed(3_723_000)).toBe("1:02:03");
    expect(elapsed(-5000)).toBe("-0:05");
  });
});
