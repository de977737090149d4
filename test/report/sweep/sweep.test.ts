import { describe, expect, it } from "vitest";
import { renderSweepMarkdown } from "../../../src/report/sweep/sweep-markdown.ts";
import { renderSweepPage } from "../../../src/report/sweep/sweep-page.ts";
import { renderSweepText } from "../../../src/report/sweep/sweep-text.ts";
import { reportAssets } from "../../support/pages/report-assets.ts";
import {
  AXES,
  cellRun,
  invalid,
  missed,
  noServer,
  sweepFixture,
} from "../../support/runs/sweep-fixture.ts";

const assets = reportAssets();
const mixed = sweepFixture([[cellRun()], [missed], [invalid], [noServer]]);

function text(document = mixed): string {
  return renderSweepText(document, { color: false, page: "reports/x/sweep.html" });
}

describe("a sweep on the terminal", () => {
  it("says the best cell first, then what became of every cell", () => {
    const lines = text().split("\n");
    expect(lines[1]).toBe("✔ Best: server.parallel=1 concurrency=2");
    expect(text()).toContain("--order-seed 42");
    expect(text()).toMatch(/^ {2}1 +2 +100 % .* ✔ best$/m);
    expect(text()).toMatch(/^ {2}1 +8 +50\.0 % .* ✘ slo: ttft$/m);
    expect(text()).toMatch(/^ {2}4 +8 .* ✘ server failed: llama-server ended with code 1$/m);
  });

  it("shows no numbers of what cannot be trusted", () => {
    expect(text()).toMatch(/^ {2}4 +2( +–){6} {2}! INVALID: dispatch lag/m);
    expect(text()).not.toContain("99.0/s");
  });

  it("says that none holds, and that it was interrupted", () => {
    expect(text(sweepFixture([[missed], [missed], [invalid], [missed]]))).toContain(
      "✘ No cell holds",
    );
    const cut = sweepFixture([[cellRun()], [], [], []], { end: "interrupted" });
    expect(text(cut)).toContain("! Interrupted");
    expect(text(cut)).toMatch(/– not measured/);
  });

  it("warns when the lengths that were asked for were not met", () => {
    const axes = [{ key: "prompt-tokens", values: ["64", "512"] }];
    const got = (promptTokens: number) => [cellRun({ promptTokens })];
    const sweep = sweepFixture([got(64), got(64)], { axes, objective: "tokens" });
    expect(text(sweep)).toContain("1 cell did not get the prompt-tokens");
    expect(text(sweepFixture([got(64), got(511)], { axes }))).not.toContain("did not get");
  });
});

describe("a sweep in Markdown", () => {
  it("is one table with the best cell in bold", () => {
    const markdown = renderSweepMarkdown(mixed);
    const rows = markdown.split("\n").filter((line) => line.startsWith("|"));
    expect(rows).toHaveLength(6);
    expect(rows[2]).toMatch(/^\| \*\*`1`\*\* \| \*\*`2`\*\* .*\*\*✔ best\*\* \|$/);
    expect(new Set(rows.map((row) => row.split(" | ").length)).size).toBe(1);
  });

  it("shows settings as text, whatever is in them", () => {
    const axes = [{ key: "env.A", values: ["a|b`c", "[x](y)"] }];
    const markdown = renderSweepMarkdown(sweepFixture([[missed], [missed]], { axes }));
    expect(markdown).toContain("`a\\|b'c`");
  });
});

describe("the page of a sweep", () => {
  const page = renderSweepPage(mixed, assets);

  it("has a heat map of two varied things, with signs beside the colours", () => {
    const heat = page.split('id="heat"')[1]?.split("</section>")[0] ?? "";
    expect(heat.match(/<figure/g)).toHaveLength(2);
    expect(heat).toMatch(/class="n heat-\d best"/);
    expect(heat).toContain("✘ misses a limit");
    expect(heat).toContain("INVALID");
    expect(heat).toContain("✘ server failed");
    // What is INVALID or had no server has no colour.
    expect(heat.match(/heat-\d/g)).toHaveLength(4);
  });

  it("says how many cells hold, and then the best", () => {
    expect(page).toMatch(/<h1>.*1 of 4 cells holds<\/h1>/);
    expect(page).toContain("Best: server.parallel&#x3D;1 concurrency&#x3D;2.");
  });

  it("links every cell to its run's own report", () => {
    expect(page).toContain('href="cells/2026-11-21T10-00-00-steady-a1b2/report.html"');
  });

  it("has no heat map of one varied thing, and one for each value of a third", () => {
    const [one, two] = AXES;
    const single = sweepFixture([[cellRun()], [missed]], { axes: [one!] });
    expect(renderSweepPage(single, assets)).not.toContain("<figure");
    const three = { key: "peak", values: ["1", "2", "3"] };
    const runs = Array.from({ length: 12 }, () => [cellRun()]);
    const cube = renderSweepPage(sweepFixture(runs, { axes: [one!, two!, three] }), assets);
    expect(cube).toContain("Good requests at peak&#x3D;3");
    expect(cube.match(/<figure/g)).toHaveLength(6);
  });

  it("lists every run where cells were repeated", () => {
    const runs = [cellRun(), cellRun({ repeat: 1, goodput: 6, run: "second" })];
    const twice = renderSweepPage(sweepFixture([runs, runs, runs, runs], { repeats: 2 }), assets);
    expect(twice).toContain("Every run");
    expect(twice).toContain("cells/second/report.html");
    expect(twice).toContain("spread");
  });

  it("loads nothing and runs nothing but its own script", () => {
    expect(page).toContain("script-src &#x27;sha256-");
    expect(page).not.toMatch(/(src|href)="https?:/);
  });
});
