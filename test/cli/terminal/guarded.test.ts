import { expect, test } from "vitest";
import { guarded, type World } from "../../../src/cli/world.ts";
import { Secrets } from "../../../src/core/secrets.ts";
import { runHere } from "../../support/memory-world.ts";

function written(text: string, isTerminal: boolean, env: World["env"] = {}): string {
  let all = "";
  const output = { write: (one: string) => (all += one), isTerminal, columns: 80 };
  guarded(output, new Secrets(), env).write(text);
  return all;
}

test("what a server wrote cannot steer the terminal, and our own colours stay", () => {
  const text = "\r\u001b[K\u001b[32m✔\u001b[0m \u001b]0;owned\u0007 \u202e\r\u001b[K\n";
  const clean = " \\u001b]0;owned\\u0007 \\u202e\\u000d\\u001b[K\n";
  expect(written(text, true)).toBe(`\r\u001b[K\u001b[32m✔\u001b[0m${clean}`);
});

test("a pipe gets no sequence at all", () => {
  expect(written("\u001b[32mok\u001b[0m", false)).toBe("\\u001b[32mok\\u001b[0m");
});

test("a terminal in the locale C gets ASCII, a pipe what every other gets", () => {
  expect(written("✔ ttft ≤ 3 ms\n", true, { LANG: "C" })).toBe("+ ttft <= 3 ms\n");
  expect(written("✔ ttft ≤ 3 ms\n", true, { LANG: "C.UTF-8" })).toBe("✔ ttft ≤ 3 ms\n");
  expect(written("✔ ttft ≤ 3 ms\n", false, { LANG: "C" })).toBe("✔ ttft ≤ 3 ms\n");
});

test.each([
  [["\u001b]0;owned\u0007"]],
  [["run", "\u001b[2J\u202e"]],
  [["run", "smoke", "--\u009b8m"]],
])("an error repeats %j so that it can be seen", async (argv) => {
  const { code, stdout, stderr } = await runHere(argv);
  expect(code).toBe(2);
  // eslint-disable-next-line no-control-regex
  expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(stderr).toMatch(/\\u00(?:1b|9b)/);
});
