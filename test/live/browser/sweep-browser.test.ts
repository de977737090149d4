import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderSweepPage } from "../../../src/report/sweep/sweep-page.ts";
import { reportAssets } from "../../support/pages/report-assets.ts";
import { AXES, cellRun, invalid, missed, sweepFixture } from "../../support/runs/sweep-fixture.ts";
import { scratchFolder } from "../../support/scratch.ts";

const executablePath = process.env["PLIMSOLL_CHROMIUM"] ?? "/usr/bin/chromium";

const axes = [...AXES, { key: "output-tokens", values: ["8", "64"] }];
const runs = axes.flatMap(() => [[cellRun()], [missed], [invalid]]).slice(0, 8);
const page = renderSweepPage(sweepFixture(runs, { axes, objective: "e2e" }), reportAssets());

describe.runIf(existsSync(executablePath))("the page of a sweep in a real browser", () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = scratchFolder("sweep-page");
    writeFileSync(join(folder, "sweep.html"), page);
    browser = await chromium.launch({
      executablePath,
      args: ["--headless", "--no-sandbox", "--disable-gpu"],
    });
  });
  afterAll(async () => {
    await browser.close();
  });

  it.each([1280, 400])(
    "is no wider than %i pixels, complains of nothing, colours its map",
    async (width) => {
      const opened = await browser.newPage({ viewport: { width, height: 900 } });
      const complaints: string[] = [];
      opened.on("console", (message) => complaints.push(message.text()));
      opened.on("pageerror", (error) => complaints.push(error.message));
      await opened.goto(pathToFileURL(join(folder, "sweep.html")).href);
      expect(await opened.evaluate("document.documentElement.scrollWidth")).toBe(width);
      const colours = await opened.evaluate<string[]>(
        `[...document.querySelectorAll(".heat td.n")].map((cell) => getComputedStyle(cell).backgroundColor)`,
      );
      expect(colours).toHaveLength(16);
      expect(new Set(colours).size).toBeGreaterThan(1);
      expect(complaints).toEqual([]);
      // The title stays below the line above it.
      const apart = `document.querySelector("h1").getBoundingClientRect().top >=
      document.querySelector(".masthead").getBoundingClientRect().bottom`;
      expect(await opened.evaluate(apart)).toBe(true);
      await opened.close();
    },
  );
});
