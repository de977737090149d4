import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  aligned,
  cutInside,
  shortened,
  textWidth,
  wrapped,
} from "../../../src/report/text/plain-text.ts";

describe("text for terminals", () => {
  it("is cut to a width in columns, wide characters counting two", () => {
    expect(textWidth("模型🚀a")).toBe(7);
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.integer({ min: 2, max: 40 }),
        (text, width) => {
          expect(textWidth(shortened(text, width))).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it("is cut inside where its end is what counts", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.integer({ min: 4, max: 40 }),
        (text, width) => {
          expect(textWidth(cutInside(text, width))).toBeLessThanOrEqual(width);
        },
      ),
    );
    const cut = cutInside("HTTP 500: Traceback (most recent call last): out of memory", 30);
    expect(cut).toMatch(/^HTTP 500.*….*out of memory$/);
  });

  it("is wrapped at spaces without losing a word", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 60 }), (list, width) => {
        const lines = wrapped(list.join(" "), width);
        expect(lines.join(" ").split(" ").filter(Boolean)).toEqual(list);
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it("keeps a number and its unit on one line", () => {
    expect(wrapped("measured for 120 s", 16)).toEqual(["measured for", "120 s"]);
    expect(wrapped("measured for 2m 00s", 17)).toEqual(["measured for", "2m 00s"]);
    expect(wrapped("no more than 5 %", 14)).toEqual(["no more than", "5 %"]);
  });

  it("is aligned: the first column to the left, numbers to the right", () => {
    expect(
      aligned([
        ["", "p50"],
        ["模型", "1.5 ms"],
        ["b", "12 ms"],
      ]),
    ).toEqual(["         p50", "模型  1.5 ms", "b      12 ms"]);
  });
});
