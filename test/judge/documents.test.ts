import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { metrics } from "../../src/core/metrics.ts";
import { failureKinds } from "../../src/core/request-record.ts";
import { seriesRows } from "../../src/core/telemetry.ts";
import { gates } from "../../src/judge/validity/gates.ts";

const read = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../docs", name), "utf8");

function headings(text: string): string[] {
  return [...text.matchAll(/^### (.+)$/gm)].map(([, heading = ""]) => heading);
}

test("docs/metrics.md defines every metric, and no other", () => {
  expect(headings(read("metrics.md")).sort()).toEqual(Object.keys(metrics).sort());
});

test("docs/metrics.md gives the unit of every metric", () => {
  const sections = read("metrics.md").split(/^### /m).slice(1);
  for (const section of sections) {
    const name = section.split("\n")[0] as keyof typeof metrics;
    expect(section, name).toContain(`Unit: ${metrics[name].unit}`);
  }
});

test("docs/run-file.md describes every type of line and every kind of failure", () => {
  const text = read("run-file.md");
  expect(headings(text)).toEqual(
    expect.arrayContaining([
      "header",
      "target",
      "phase",
      "request",
      "iteration",
      "canary",
      "sample",
      "readings",
      "histograms",
      "source",
      "fingerprint",
      "warning",
      "event",
      "footer",
    ]),
  );
  for (const kind of failureKinds) expect(text).toContain(`\`${kind}\``);
});

test("docs/run-file.md lists every gate in the order of the table", () => {
  const listed = [...read("run-file.md").matchAll(/^\| `([a-z_]+)` +\| .* \| .* \| .* \|$/gm)];
  const ids: string[] = gates.map(({ id }) => id);
  expect(listed.map(([, id = ""]) => id).filter((id) => ids.includes(id))).toEqual(ids);
});

test("docs/telemetry.md gives kind and unit of every series, and no other", () => {
  const listed = [
    ...read("telemetry.md").matchAll(/^\| `(\w+)` +\| (gauge|counter) +\| (\S+) +\|/gm),
  ];
  const rows = Object.entries(seriesRows).map(([name, { kind, unit }]) => [name, kind, unit]);
  expect(listed.map(([, ...row]) => row).sort()).toEqual(rows.sort());
});
