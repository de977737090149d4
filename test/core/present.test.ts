import { expect, it } from "vitest";
import { present } from "../../src/core/present.ts";

it("what is undefined is left out; what is null, 0, false or empty stays", () => {
  const fields = { a: undefined, b: null, c: 0, d: false, e: "", f: [undefined] };
  const kept = present(fields);
  expect(Object.keys(kept)).toEqual(["b", "c", "d", "e", "f"]);
  expect(Object.hasOwn(kept, "a")).toBe(false);
});

it("the types know that what may be undefined may be absent", () => {
  const maybe: number | undefined = [1].at(1);
  const kept = present({ maybe, sure: 1 });
  // @ts-expect-error: it may be absent, so it is no number
  const wrong: number = kept.maybe;
  const right: number = kept.sure;
  expect([wrong, right]).toEqual([undefined, 1]);
});
