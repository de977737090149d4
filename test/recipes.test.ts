/** The recipes of CONTRIBUTING.md: their places exist, and their examples are in just these. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const [, text = ""] = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8").split("## Recipes\n");

const recipes = text
  .split(/^### /m)
  .slice(1)
  .map((part) => ({
    title: part.split(",")[0] ?? "",
    example: /such as `([^`]+)`/.exec(part)?.[1] ?? "",
    places: [...part.matchAll(/^- `([^`]+)`/gm)].map(([, file = ""]) => file),
  }));

/** What shows that a file takes part in the example, where that is not its name as a word. */
const sign: Readonly<Record<string, RegExp>> = {
  // Servers are told apart by the same word elsewhere, which is none of the adapter's business.
  tgi: /\btgiGenerate\b|^ {2}\| "tgi"$|^\|? ?`tgi`|`tgi`/m,
};

/** Recipes whose examples may be in more files, which do more for some metrics than for others. */
const open = ["A metric"];

const files = ["src", "docs"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|md)$/.test(name))
    .map((name) => join(folder, name)),
);

describe("CONTRIBUTING.md has recipes for what grows:", () => {
  it("a command, a reporter, an API, a gate and a metric", () => {
    expect(recipes.map(({ title }) => title.replace(/^An? /, ""))).toEqual([
      "command",
      "reporter",
      "API",
      "gate",
      "metric",
    ]);
  });

  it.each(recipes)("$title: its example is in each of its places, and in no other", (recipe) => {
    const { title, example, places } = recipe;
    const pattern = sign[example] ?? new RegExp(String.raw`\b${example}\b`);
    const found = files.filter((file) => pattern.test(readFileSync(join(ROOT, file), "utf8")));
    expect(places.length).toBeGreaterThan(1);
    if (open.includes(title)) expect(found).toEqual(expect.arrayContaining(places));
    else expect(found.toSorted()).toEqual(places.toSorted());
  });
});
