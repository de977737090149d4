import { expect, test } from "vitest";
import { readArgs } from "../../src/reference-server/read-args.ts";

test("the load generator is left a core", () => {
  expect(readArgs(["--model", "m"], 8).threads).toBe(7);
  expect(readArgs(["--model", "m"], 1).threads).toBe(1);
  expect(readArgs(["--model", "m", "--threads", "3"], 8).threads).toBe(3);
});

test.each([
  [[], "--model is missing"],
  [["--model", "m", "--parallel", "0"], "--parallel 0: expected a whole number from 1 to 256"],
  [["--model", "m", "--port", "70000"], "--port 70000: expected a whole number from 0 to 65535"],
  [["--model", "m", "--ctx", "many"], "--ctx many: expected a whole number from 0 to 16777216"],
  [["--model", "m", "--gpu", "maybe"], "--gpu maybe: expected auto or off"],
  [["--model", "m", "--zzz"], "Unknown option '--zzz'"],
])("%j is refused: %s", (args, message) => {
  expect(() => readArgs(args, 2)).toThrow(message);
});
