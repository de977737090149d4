/** Runs against one server that stays up and keeps the prefixes of the prompts it has seen. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RequestRecord } from "../../src/core/request-record.ts";
import type { RunHeader } from "../../src/core/records.ts";
import { plimsoll } from "../support/program.ts";
import { rememberingServer, type RememberingServer } from "../support/remembering-server.ts";
import { scratchFolder } from "../support/scratch.ts";

let server: RememberingServer;
const out = scratchFolder("remembers");

beforeAll(async () => {
  server = await rememberingServer();
});

afterAll(() => server.close());

interface Made {
  readonly code: number | null;
  readonly header: RunHeader;
  readonly requests: readonly RequestRecord[];
  readonly texts: readonly string[];
}

async function run(...flags: string[]): Promise<readonly Made[]> {
  const before = server.heard.length;
  const { code, stdout, stderr } = await plimsoll(
    ["run", "smoke", "--target", server.origin, "--no-telemetry", "--json", "--out", out, ...flags],
    { cwd: out },
  );
  const told = JSON.parse(stdout) as { run: { id: string } } | { run: { id: string } }[];
  expect(stderr).not.toContain("bug");
  const heard = server.heard.slice(before).map(({ text }) => text);
  const runs = Array.isArray(told) ? told : [told];
  return Promise.all(
    runs.map(async ({ run: { id } }, at) => {
      const file = await readFile(join(out, id, "run.jsonl"), "utf8");
      const lines = file.trim().split("\n");
      const parsed = lines.map((line) => JSON.parse(line) as { type: string });
      const requests = parsed.filter(({ type }) => type === "request") as RequestRecord[];
      const texts = heard.slice(at * requests.length, (at + 1) * requests.length);
      return { code, header: parsed[0] as RunHeader, requests, texts };
    }),
  );
}

const cachedOf = ({ requests }: Made) => requests.map(({ cached }) => cached?.count);
const sum = (values: readonly (number | undefined)[]) =>
  values.reduce<number>((total, value) => total + (value ?? 0), 0);

describe("a server that stays up", () => {
  it("has seen none of a run's prompts, however often the run is repeated", async () => {
    const runs = await run("--repeat", "3");
    expect(runs.map((made) => sum(cachedOf(made)))).toEqual([0, 0, 0]);
    expect(new Set(runs.flatMap(({ texts }) => texts)).size).toBe(15);
    expect(new Set(runs.map(({ header }) => header.salt)).size).toBe(3);
    // The same work: the plan, the lengths and the sampling seeds.
    expect(new Set(runs.map(({ header }) => header.planHash)).size).toBe(1);
    const lengths = runs.map(({ requests }) => requests.map(({ prompt }) => prompt?.count));
    expect(lengths[1]).toEqual(lengths[0]);
  });

  it("hears a run again to the letter with its salt", async () => {
    const [first] = await run();
    const [again] = await run("--salt", first!.header.salt!);
    expect(again!.header.salt).toBe(first!.header.salt);
    expect(again!.texts).toEqual(first!.texts);
  });
});

describe("a server that remembers", () => {
  it("makes a run in the words of another INVALID, and no regression or improvement of it", async () => {
    const [first] = await run();
    const [again] = await run("--salt", first!.header.salt!);
    expect([first!.code, again!.code]).toEqual([0, 5]);
    const { stdout } = await plimsoll(["report", join(out, again!.header.run)], { cwd: out });
    expect(stdout).toMatch(/prompt tokens made for this run that the server had in its cache/);
  });

  it("is asked for none of what it has with --no-prompt-cache", async () => {
    const [first] = await run();
    const [again] = await run("--salt", first!.header.salt!, "--no-prompt-cache");
    expect(again!.code).toBe(0);
    expect(sum(cachedOf(again!))).toBe(0);
    expect(again!.texts).toEqual(first!.texts);
  });

  it("makes runs in the scenario's own words incomparable, and says which met it warm", async () => {
    const file = join(out, "own-words.ts");
    await writeFile(
      file,
      `import { chat } from "plimsoll";
      export const options = { vus: 1, iterations: 20 };
      const words = Array.from({ length: 100 }, (_, i) => "w" + i).join(" ");
      export default ({ llm, iteration }) =>
        llm(chat({ prompt: \`\${iteration.index} \${words}\`, maxTokens: 4 }));`,
    );
    const flags = [
      "run",
      file,
      "--target",
      server.origin,
      "--no-telemetry",
      "--out",
      out,
      "--json",
    ];
    const ids: string[] = [];
    for (let n = 0; n < 2; n += 1) {
      const { code, stdout } = await plimsoll(flags, { cwd: out });
      expect(code).toBe(0);
      ids.push((JSON.parse(stdout) as { run: { id: string } }).run.id);
    }
    const [cold, warm] = ids.map((id) => join(out, id));
    const compared = await plimsoll(["compare", warm!, "--against", cold!], { cwd: out });
    expect(compared.code).toBe(4);
    expect(compared.stdout).toMatch(/the candidate\s+met a warm server/);
  });
});
