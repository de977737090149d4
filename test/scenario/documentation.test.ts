/** Every example of docs/scenarios.md and README.md is loaded, resolved and run. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { profiles } from "../../src/scenario/profiles.ts";
import { loadScenario } from "../../src/scenario/load.ts";
import { scriptedIteration } from "../support/scripted-iteration.ts";
import { scratchFolder } from "../support/scratch.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const places = { library: path("../../src/index.ts"), builtIns: path("../../scenarios") };
const page = readFileSync(path("../../docs/scenarios.md"), "utf8");
const readme = readFileSync(path("../../README.md"), "utf8");
const examples = [...`${page}${readme}`.matchAll(/```ts\n(.*?)```/gs)].map(
  (match) => match[1] ?? "",
);
const folder = scratchFolder("documentation");

describe("docs/scenarios.md and README.md", () => {
  it.each([...examples.entries()])("example %d works", async (at, example) => {
    const file = join(folder, `example-${at}.ts`);
    writeFileSync(file, example);
    const { plan, script, notes } = await loadScenario(file, { peak: 3 }, places);
    expect(notes).toEqual([]);
    const { context } = scriptedIteration(0);
    const data = await script.setup?.(context);
    for (const { exec } of plan.scenarios) {
      const { context: own, requests } = scriptedIteration(1, data);
      await script.functionOf(exec)(own);
      expect(requests.length).toBeGreaterThan(0);
    }
  });

  it("names every profile", () => {
    for (const name of Object.keys(profiles)) expect(page).toContain(`profiles.${name}`);
  });
});
