import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PlimsollError } from "../../src/core/errors.ts";
import { builtInNames, findScenario, loadScenario } from "../../src/scenario/load.ts";
import type { PlanFlags } from "../../src/scenario/resolve/resolve.ts";
import { placeInScript, scriptError } from "../../src/scenario/script-file.ts";
import { scriptedIteration } from "../support/scripted-iteration.ts";
import { scratchFolder } from "../support/scratch.ts";

const folder = scratchFolder("scenario");
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const places = { library: path("../../src/index.ts"), builtIns: path("../../scenarios") };

let written = 0;

function write(lines: readonly string[], extension = ".ts"): string {
  const file = join(folder, `scenario-${(written += 1)}${extension}`);
  writeFileSync(file, lines.join("\n"));
  return file;
}

const load = (name: string, flags: PlanFlags = {}) => loadScenario(name, flags, places);

async function problemOf(name: string, flags: PlanFlags = {}): Promise<PlimsollError> {
  try {
    await load(name, flags);
  } catch (error) {
    if (error instanceof PlimsollError && error.exitCode === 2) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("a scenario file", () => {
  it("can lie anywhere and still import plimsoll", async () => {
    const file = write([
      `import { chat, profiles, prompts, type Scenario } from "plimsoll";`,
      `import type { Options } from "k6/options";`,
      `export const options: Scenario["options"] = ({ peak }) => ({`,
      `  scenarios: { main: profiles.steady({ rate: peak, duration: "2m" }) },`,
      `  slo: { ttft: "500ms", tpot: "50ms" },`,
      `});`,
      `const data = prompts.synthetic({ promptTokens: 64, outputTokens: 8 });`,
      `export default async ({ llm, iteration }) => llm(chat({ ...data(iteration), temperature: 0 }));`,
    ]);
    const { plan, script } = await load(file, { peak: 7 });
    expect(plan).toMatchObject({
      name: "scenario-1",
      file,
      fileHash: script.fileHash,
      parameters: { peak: "7" },
      scenarios: [{ executor: { segments: [{ from: 7 }, { from: 7, duration: 120_000 }] } }],
    });
    const { context, requests } = scriptedIteration(3);
    await script.functionOf("default")(context);
    expect(requests).toMatchObject([
      { api: "auto", maxTokens: 8, promptTokens: 64, temperature: 0, ignoreEos: true },
    ]);
  });

  it.each([".js", ".mjs", ".ts", ".mts"])("may be a %s file", async (extension) => {
    const file = write(
      ["export const options = { vus: 2, iterations: 4 };", "export default () => {};"],
      extension,
    );
    expect((await load(file)).plan.scenarios[0]?.executor).toMatchObject({ vus: 2, iterations: 4 });
  });

  it("reads -e KEY=VALUE as env and as k6's __ENV, anew for every plan", async () => {
    const file = write([
      "const size = Number(__ENV.SIZE);",
      "export const options = ({ env }) => ({ vus: size, iterations: Number(env.COUNT) });",
      "export default () => {};",
    ]);
    for (const [size, count] of [
      [2, 5],
      [3, 6],
    ] as const) {
      const { plan } = await load(file, { env: { SIZE: String(size), COUNT: String(count) } });
      expect(plan.parameters).toEqual({ SIZE: String(size), COUNT: String(count) });
      expect(plan.scenarios[0]?.executor).toMatchObject({ vus: size, iterations: count });
    }
  });

  it("shares the running program's own modules where they are compiled", async () => {
    writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
    const library = write(["export const asked = [];"], ".js");
    const file = write([
      `import { asked } from "plimsoll";`,
      "export default () => asked.push(1);",
    ]);
    const { script } = await loadScenario(file, {}, { ...places, library });
    void script.functionOf("default")(scriptedIteration(0).context);
    const own = (await import(library)) as { readonly asked: readonly number[] };
    expect(own.asked).toEqual([1]);
  });

  it("keeps setup, teardown and the functions that exec names", async () => {
    const file = write([
      `export const options = { scenarios: { a: { executor: "per-vu-iterations", exec: "other" } } };`,
      "export const setup = () => ({ token: 1 });",
      "export const teardown = () => {};",
      "export const other = () => 42;",
    ]);
    const { script } = await load(file);
    expect(script.functionNames).toEqual(["other", "setup", "teardown"]);
    expect([typeof script.setup, typeof script.teardown]).toEqual(["function", "function"]);
    expect(script.functionOf("other")(scriptedIteration(0).context)).toBe(42);
  });
});

describe("a scenario file that is wrong says where", () => {
  it("when it is missing", async () => {
    const file = write(["export default () => {};"]);
    const { message, hint } = await problemOf(file.replace("/scenario-", "/scenrio-"));
    expect(message).toContain("there is no scenario");
    expect(hint).toContain(`Did you mean "${file}"?`);
  });

  it("when a built-in name is misspelt", async () => {
    expect((await problemOf("stedy")).hint).toMatch(
      /^Built in are .*smoke.*Did you mean "steady"\?$/,
    );
  });

  it("when it is another kind of file", async () => {
    expect((await problemOf(write(["{}"], ".json"))).message).toContain(
      "is not a scenario: expected a .ts, .js or .mjs file",
    );
  });

  it("when its syntax is wrong", async () => {
    const file = write(["export default () => {", "  const a = ;", "};"]);
    expect((await problemOf(file)).message).toBe(`${file}:2:12: Unexpected token`);
  });

  it("when it throws while it loads", async () => {
    const file = write([
      "interface A { b: number }",
      "const a: any = undefined;",
      "export const b = a.c;",
    ]);
    expect((await problemOf(file)).message).toMatch(
      /:3:\d+: TypeError: Cannot read properties of undefined/,
    );
  });

  it("when it imports what is not there", async () => {
    const file = write([`import { a } from "./nowhere.ts";`, "export default a;"]);
    const { message } = await problemOf(file);
    expect(message).toContain("Cannot find module './nowhere.ts'");
    expect(message).not.toContain("\n");
  });

  it("when it exports no default function", async () => {
    const file = write(["export const options = {};", "export const other = () => {};"]);
    const { message, hint } = await problemOf(file);
    expect(message).toBe(`${file}: has no default export that is a function`);
    expect(hint).toContain("It exports other.");
  });

  it("when exec names no function of it", async () => {
    const file = write([
      `export const options = { scenarios: { a: { executor: "constant-vus", duration: "1s", exec: "mian" } } };`,
      "export const main = () => {};",
    ]);
    expect((await problemOf(file)).message).toBe(
      `${file}: exports no function "mian", which \`exec\` names`,
    );
  });

  it("when its options function throws", async () => {
    const file = write([
      "export const options = () => {",
      `  throw new RangeError("too far");`,
      "};",
      "export default () => {};",
    ]);
    expect((await problemOf(file)).message).toMatch(/\.ts:2:\d+: RangeError: too far$/);
  });

  it("when its options are wrong", async () => {
    const file = write(["export const options = { vus: -1 };", "export default () => {};"]);
    expect((await problemOf(file)).message).toBe(
      `${file}: options.vus: expected a whole number from 1, got -1`,
    );
  });

  it("when a building block refuses its arguments, with the block's own hint", async () => {
    const file = write([
      `import { prompts } from "plimsoll";`,
      "export default prompts.synthetic({ promptTokens: 0, outputTokens: 1 });",
    ]);
    const { message, hint } = await problemOf(file);
    expect(message).toContain(`${file}:2:`);
    expect(message).toContain("promptTokens: 0 is not a length in tokens");
    expect(hint).toContain("Give a whole number from 1");
  });

  it("when its trace is malformed", async () => {
    const trace = write([`{"at":0,"promptTokens":5,"outputTokens":3}`, `{"at":1}`], ".jsonl");
    const { message } = await problemOf("replay", { env: { TRACE: trace } });
    expect(message).toContain(`${trace}:2: the prompt's tokens: missing`);
    expect(message).toContain("replay.ts:");
  });

  it("when its trace is missing or its window empty", async () => {
    expect((await problemOf("replay", { env: { TRACE: "no.jsonl" } })).message).toContain(
      "the trace cannot be read: ENOENT",
    );
    expect((await problemOf("replay", { env: { START: "1h" } })).message).toContain(
      "the trace is empty between start and end",
    );
  });
});

describe("an error of a running script", () => {
  it("is placed at the innermost line of the file", async () => {
    const file = write([
      "const inner = () => {",
      `  throw new Error("sunk");`,
      "};",
      "export default () => {",
      "  inner();",
      "};",
    ]);
    const { script } = await load(file);
    let thrown: unknown;
    try {
      script.functionOf("default")(scriptedIteration(0).context);
    } catch (error) {
      thrown = error;
    }
    expect(placeInScript(file, thrown)).toMatch(/\.ts:2:\d+$/);
    expect(scriptError(file, thrown).message).toMatch(/\.ts:2:\d+: sunk$/);
    expect(scriptError(file, "just a text").message).toBe(`${file}: just a text`);
  });
});

describe("a built-in scenario", () => {
  const names = builtInNames(places.builtIns);

  it("can be run by name, but a file of that name wins", () => {
    expect(names).toEqual(["chat", "peak2x", "ramp", "replay", "smoke", "soak", "spike", "steady"]);
    expect(findScenario("steady", places.builtIns)).toBe(join(places.builtIns, "steady.ts"));
  });

  it.each(names)("%s resolves, and its function works", async (name) => {
    const { plan, script, notes } = await load(name);
    expect(notes).toEqual([]);
    expect(plan.thresholds.length).toBeGreaterThan(0);
    const { context, requests, checks } = scriptedIteration(5);
    await script.functionOf("default")(context);
    expect(requests.length).toBeGreaterThan(0);
    expect(Object.values(checks)).not.toContain(false);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it("chat sends a history that grows by question and answer", async () => {
    const { script } = await load("chat");
    const { context, requests } = scriptedIteration(2);
    await script.functionOf("default")(context);
    expect(requests.map(({ messages }) => messages.length)).toEqual(
      requests.map((_, turn) => 2 * turn + 1),
    );
    expect(requests.at(-1)?.messages[1]).toEqual({ role: "assistant", content: "an answer" });
  });

  it("takes its rate from --peak", async () => {
    const { plan } = await load("peak2x", { peak: 11 });
    const { executor } = plan.scenarios[0]!;
    expect("segments" in executor && executor.segments.map(({ to }) => to)).toEqual([
      11, 11, 22, 11,
    ]);
  });
});
