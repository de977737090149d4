import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderHtml } from "../../../src/report/run/html.ts";
import type { ReportInput } from "../../../src/report/page/report-input.ts";
import { reportAssets } from "../../support/pages/report-assets.ts";
import {
  coloursOfCanvases,
  DESKTOP,
  executablePath,
  hasBrowser,
  launchBrowser,
  openPage,
  type Opened,
} from "../../support/pages/report-browser.ts";
import { emptySeries, failedRecord, seriesFixture } from "../../support/runs/series-fixture.ts";
import { emptySummary, summaryFixture } from "../../support/runs/summary-fixture.ts";
import { scratchFolder } from "../../support/scratch.ts";

let browser: Browser;
let folder: string;

async function open(input: ReportInput, options: BrowserContextOptions): Promise<Opened> {
  return openPage(browser, folder, renderHtml(input, reportAssets()), options);
}

const run: ReportInput = { summary: summaryFixture(), series: seriesFixture() };

// What runs in the page is text here: this project is typed for Node, not for a browser.

/** What a chart shows, as one number: equal pictures have equal ones. */
async function pictures(page: Page, charts: readonly string[]): Promise<readonly number[]> {
  return page.evaluate<number[]>(`${JSON.stringify(charts)}.map((id) => {
    const canvas = document.querySelector("#" + id + " canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Uint32Array(data.buffer).reduce((hash, pixel) => (hash * 31 + pixel) | 0, 7);
  })`);
}

async function background(page: Page): Promise<string> {
  return page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
}

describe.runIf(hasBrowser)("the report in a real browser", () => {
  beforeAll(async () => {
    folder = scratchFolder("report");
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });

  it("renders without errors or requests, and draws every chart", async () => {
    const { page, complaints } = await open(run, DESKTOP);
    const colours = await coloursOfCanvases(page);
    expect(colours).toHaveLength(await page.locator(".chart").count());
    expect(colours.length).toBeGreaterThan(8);
    for (const count of colours) expect(count).toBeGreaterThan(10);
    expect(complaints).toEqual([]);
  });

  it("moves one cursor through all charts over time, with mouse and keyboard", async () => {
    const { page, complaints } = await open(run, DESKTOP);
    const time = async (chart: string): Promise<string | null> =>
      page.locator(`#${chart} .u-series`).first().locator(".u-value").textContent();
    await page.locator("#chart-band-ttft_scheduled .u-over").hover();
    const hovered = await time("chart-band-ttft_scheduled");
    expect(hovered).toMatch(/^\d+:\d\d/);
    expect(await time("chart-band-itl")).toBe(hovered);
    await page.locator("#chart-band-itl").focus();
    await page.keyboard.press("ArrowRight");
    expect(await time("chart-band-itl")).not.toBe(hovered);
    expect(await time("chart-band-tpot")).toBe(await time("chart-band-itl"));
    expect(complaints).toEqual([]);
  });

  it("zooms all charts over time together, and back", async () => {
    const { page } = await open(run, DESKTOP);
    const ticks = async (): Promise<readonly number[]> =>
      pictures(page, ["chart-band-itl", "chart-band-tpot"]);
    const whole = await ticks();
    const area = page.locator("#chart-band-ttft_scheduled .u-over");
    await area.scrollIntoViewIfNeeded();
    const box = (await area.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.3, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 5 });
    await page.mouse.up();
    await expect.poll(ticks).not.toEqual(whole);
    const zoomed = await ticks();
    expect(zoomed[0]).not.toBe(whole[0]);
    expect(zoomed[1]).not.toBe(whole[1]);
    await page.locator("#chart-band-ttft_scheduled").focus();
    await page.keyboard.press("Escape");
    await expect.poll(ticks).toEqual(whole);
  });

  it("sorts a table by a click on a heading, both ways, and says so to screen readers", async () => {
    const { page, complaints } = await open(run, DESKTOP);
    const table = page.locator("#requests table").first();
    const took = async (): Promise<readonly string[]> =>
      table.locator("tbody tr td:nth-child(6)").allTextContents();
    const slowestFirst = await took();
    const heading = table.locator("th", { hasText: "took" });
    await heading.getByRole("button").click();
    expect(await heading.getAttribute("aria-sort")).toBe("descending");
    expect(await took()).toEqual(slowestFirst);
    await heading.getByRole("button").press("Enter");
    expect(await heading.getAttribute("aria-sort")).toBe("ascending");
    expect(await took()).toEqual([...slowestFirst].reverse());
    expect(complaints).toEqual([]);
  });

  it("filters a table by words, and counts what is left", async () => {
    const { page } = await open(run, DESKTOP);
    const table = page.locator("#requests table").first();
    const [first] = await table.locator("tbody tr td:nth-child(2)").allTextContents();
    await page.locator("#requests .filter input").first().fill(`${first} length`);
    expect(await table.locator("tbody tr:visible").count()).toBe(1);
    expect(await page.locator("#requests .filter [role=status]").first().textContent()).toMatch(
      /^1 of \d+$/,
    );
    await page.locator("#requests .filter input").first().fill("");
    expect(await table.locator("tbody tr:visible").count()).toBeGreaterThan(5);
  });

  it("is dark where the reader wants it dark, and follows a change", async () => {
    const { page, complaints } = await open(run, { ...DESKTOP, colorScheme: "dark" });
    const dark = await background(page);
    await page.emulateMedia({ colorScheme: "light" });
    expect(await background(page)).not.toBe(dark);
    for (const count of await coloursOfCanvases(page)) expect(count).toBeGreaterThan(10);
    expect(complaints).toEqual([]);
  });

  it("is as wide as a phone, no wider", async () => {
    const phone = { viewport: { width: 400, height: 850 }, deviceScaleFactor: 2 };
    const { page, complaints } = await open(run, phone);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(400);
    for (const count of await coloursOfCanvases(page)) expect(count).toBeGreaterThan(10);
    expect(complaints).toEqual([]);
  });

  it("prints in light colours, charts and all, and goes back", async () => {
    const { page, complaints } = await open(run, { ...DESKTOP, colorScheme: "dark" });
    const dark = await background(page);
    await page.emulateMedia({ media: "print" });
    expect(await background(page)).toBe("rgb(255, 255, 255)");
    for (const count of await coloursOfCanvases(page)) expect(count).toBeGreaterThan(10);
    await page.emulateMedia({ media: "screen" });
    expect(await background(page)).toBe(dark);
    expect(complaints).toEqual([]);
  });

  it("carries its numbers without a script", async () => {
    const { page } = await open(run, { ...DESKTOP, javaScriptEnabled: false });
    expect(await page.locator(".chart").first().isVisible()).toBe(false);
    await page.locator("#traffic details summary").first().click();
    expect(await page.locator("#traffic details table").first().isVisible()).toBe(true);
    expect(await page.locator("#metrics").innerText()).toContain("412 ms");
  });

  it("runs nothing that a server, a model or a file name says", async () => {
    const hostile = `</script></style><script>alert(1)</script><img src=x onerror=alert(2)>"'>`;
    const base = summaryFixture();
    const series = seriesFixture();
    const summary = {
      ...base,
      run: { ...base.run, name: hostile },
      target: { ...base.target!, model: hostile, url: "javascript:alert(3)" },
      warnings: [{ code: "c", message: hostile }],
    };
    const phases = series.phases.map((phase) => ({ ...phase, name: hostile }));
    const failed = [{ record: failedRecord(1, "server_error", hostile), durationMs: 1 }];
    const { page, complaints } = await open(
      { summary, series: { ...series, phases, failed } },
      DESKTOP,
    );
    expect(await page.locator("script").count()).toBe(4);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("#failures").innerText()).toContain(hostile);
    expect(complaints).toEqual([]);
  });

  it("is quiet when there is nothing to draw", async () => {
    const empty = { summary: emptySummary(), series: emptySeries() };
    const { page, complaints } = await open(empty, DESKTOP);
    expect(await page.locator("h1").innerText()).toContain("Target failed");
    expect(await page.locator("canvas").count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});

if (!hasBrowser) {
  it.skip(
    `the report in a real browser: needs chromium at ${executablePath}; PLIMSOLL_CHROMIUM names another`,
  );
}
