/** docs/statistics.md says of every rule what the code does. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { defaultRules } from "../../../src/judge/compare/rules.ts";
import { LOOK_LEVEL, LOOKS, type MetricRule } from "../../../src/judge/compare/types.ts";
import { runsPerSide } from "../../../src/stats/power.ts";

const page = readFileSync(new URL("../../../docs/statistics.md", import.meta.url), "utf8");
/** Rows of every table, cells trimmed. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) => line.split("|").map((cell) => cell.trim()));

function floorOf({ floor, unit }: MetricRule): string {
  if (floor === undefined) return "";
  return unit === "bytes" ? `${floor / 2 ** 20} MiB` : `${floor} ${unit}`;
}

it("docs/statistics.md lists every default rule with its margin, what a pass rules out, floor and family", () => {
  const documented = rows.filter(([, id]) => id?.startsWith("`") === true && id.length > 2);
  for (const rule of defaultRules) {
    const row = documented.find(([, id]) => id === `\`${rule.id}\``);
    expect(row, rule.id).toBeDefined();
    const shown = (size: number): string =>
      `${Number((size * 100).toFixed(6))} ${rule.scale === "log" ? "%" : "pp"}`;
    const { margin, matters = 2 * margin, family = "" } = rule;
    expect(row!.slice(2, 6)).toEqual([shown(margin), shown(matters), floorOf(rule), family]);
    expect(rule.gating).toBe(family !== "");
  }
});

it("docs/statistics.md has the looks and the table of runs as they are computed", () => {
  expect(page).toContain(`after ${LOOKS[0]!}, ${LOOKS[1]!} and ${LOOKS[2]!} pairs`);
  expect(page).toContain(`one-sided ${String(LOOK_LEVEL).slice(1)} each`);
  for (const cv of [1, 2, 3, 5, 8, 10]) {
    const row = rows.find(([, first]) => first === `${cv} %`);
    const needed = [0.05, 0.1].map((effect) =>
      runsPerSide({ effect: Math.log(1 + effect), sd: cv / 100 }),
    );
    expect(row!.slice(2, 4)).toEqual(needed.map(String));
  }
});
