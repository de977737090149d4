import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHere } from "../support/memory-world.ts";
import { scratchFolder } from "../support/scratch.ts";

const folder = scratchFolder("k6");

/** The start of k6's own documentation, and what else its scripts import. */
const K6_SCRIPT = `import http from 'k6/http';
import { check, sleep } from "k6";
export const options = { vus: 1, iterations: 2 };
export default function () {
  const res = http.post("http://127.0.0.1:1/v1/chat/completions", "{}");
  check(res, { ok: (r) => r.status === 200 });
  sleep(1);
}
`;

async function refusalOf(name: string, source: string): Promise<string> {
  const file = join(folder, name);
  writeFileSync(file, source);
  const { code, stderr } = await runHere(["run", file]);
  expect(code).toBe(2);
  expect(stderr).not.toMatch(/\n\s+at /);
  return stderr;
}

describe("a script that imports what only k6 has is refused", () => {
  it("with its line, what carries over, and the three lines to change", async () => {
    const said = await refusalOf("script.js", K6_SCRIPT);
    expect(said).toMatch(/script\.js:1: imports "k6\/http", which only k6 has/);
    expect(said).toMatch(/options, thresholds, checks, setup and teardown carry over/);
    expect(said.match(/ becomes /g)).toHaveLength(3);
  });

  it.each([
    ["k6", /:2: imports "k6", which/],
    ["k6/metrics", /:2: imports "k6\/metrics", which/],
    ["k6/x/kafka", /:2: imports "k6\/x\/kafka", which/],
  ])("also for %s alone", async (module, says) => {
    const source = `// a script\nimport { x } from "${module}";\nexport default () => x;\n`;
    expect(await refusalOf("alone.ts", source)).toMatch(says);
  });

  it("and a module that k6 does not have either is simply missing", async () => {
    const said = await refusalOf("other.ts", 'import "k7/http";\nexport default () => 0;\n');
    expect(said).toMatch(/Cannot find module 'k7\/http'/);
    expect(said).not.toMatch(/only k6 has/);
  });
});
