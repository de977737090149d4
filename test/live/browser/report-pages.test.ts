/** Pages other than that of a good run: odd runs, comparisons, the machines, the index. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareRuns } from "../../../src/judge/compare/compare-runs.ts";
import type { ComparisonDocument } from "../../../src/judge/compare/comparison.ts";
import type { ItemPairs } from "../../../src/judge/compare/display/item-pairs.ts";
import { repeatsOf } from "../../../src/judge/compare/repeats.ts";
import { historyOf } from "../../../src/judge/history/history.ts";
import type { TelemetrySeries } from "../../../src/judge/series/series.ts";
import { cell, table } from "../../../src/report/page/blocks.ts";
import { pairsChart } from "../../../src/report/page/charts.ts";
import { renderHistoryPage } from "../../../src/report/history/history-page.ts";
import { renderHtml } from "../../../src/report/run/html.ts";
import { renderIndex, type IndexEntry } from "../../../src/report/page/index-page.ts";
import { renderPage } from "../../../src/report/page/page.ts";
import type { ReportInput } from "../../../src/report/page/report-input.ts";
import { historyRuns } from "../../support/runs/history-runs.ts";
import { oddRuns } from "../../support/runs/odd-runs.ts";
import { reportAssets } from "../../support/pages/report-assets.ts";
import {
  coloursOfCanvases,
  executablePath,
  hasBrowser,
  launchBrowser,
  openPage,
  type Opened,
} from "../../support/pages/report-browser.ts";
import { digests } from "../../support/runs/run-digests.ts";
import { judged } from "../../support/runs/run-lines.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { failedRecord, seriesFixture } from "../../support/runs/series-fixture.ts";
import { summaryFixture } from "../../support/runs/summary-fixture.ts";

const HOSTILE = `</script></style><script>alert(1)</script><img src=x onerror=alert(2)>"'>`;

let browser: Browser;
let folder: string;
const assets = reportAssets();

function open(html: string): Promise<Opened> {
  return openPage(browser, folder, html);
}

const run: ReportInput = { summary: summaryFixture(), series: seriesFixture() };

function items(metric: string): ItemPairs {
  const pairs = Array.from({ length: 60 }, (_, iteration) => ({
    ...{ scenario: 0, iteration, request: 0, baseline: 100 + iteration },
    candidate: 110 + ((iteration * 37) % 60),
  }));
  return { metric, unit: "ms", count: 60, slower: 0.6, ratio: 1.05, pairs };
}

function compared(): ComparisonDocument {
  const document = compareRuns({
    name: "main",
    baseline: digests(5, 1, { session: "before" }),
    candidate: digests(4, 1.2, { session: "after" }),
  });
  return { ...document, items: [items("ttft"), items("e2e")] };
}

/** Every text in it is this one, but for the words that a program decides by. */
function tainted<Value>(value: Value, keep: ReadonlySet<string>): Value {
  const given: unknown = value;
  if (typeof given === "string") return (keep.has(given) ? given : HOSTILE) as Value;
  if (Array.isArray(given)) return (given as unknown[]).map((one) => tainted(one, keep)) as Value;
  if (typeof given !== "object" || given === null) return value;
  const entries = Object.entries(given as Record<string, unknown>).map(([key, inner]) => [
    key,
    tainted(inner, keep),
  ]);
  return Object.fromEntries(entries) as Value;
}

async function expectInert({ page, complaints }: Opened, scripts: number): Promise<void> {
  expect(await page.locator("script").count()).toBe(scripts);
  expect(await page.locator("img").count()).toBe(0);
  expect(await page.locator("main").innerText()).toContain("<script>alert(1)</script>");
  expect(await page.content()).toContain("default-src 'none'");
  expect(complaints).toEqual([]);
}

describe.runIf(hasBrowser)("other pages in a real browser", () => {
  beforeAll(async () => {
    folder = scratchFolder("pages");
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });

  it.each(Object.entries(oddRuns))(
    "a run that is %s has a page without errors",
    async (_, lines) => {
      const { summary, series } = await judged(lines);
      const { page, complaints } = await open(renderHtml({ summary, series }, assets));
      expect(await page.locator("h1").innerText()).not.toBe("");
      const colours = await coloursOfCanvases(page);
      expect(colours).toHaveLength(await page.locator(".chart").count());
      for (const count of colours) expect(count).toBeGreaterThan(5);
      expect(complaints).toEqual([]);
    },
  );

  it("a comparison shows its runs and the same requests side by side", async () => {
    const comparison = compared();
    const repeats = repeatsOf(digests(4, 1.2));
    const { page, complaints } = await open(renderHtml({ ...run, comparison, repeats }, assets));
    const strips = page.locator("#comparison td.timeline");
    expect(await strips.first().locator("rect.accepted").count()).toBe(5);
    expect(await strips.first().locator("rect.judged").count()).toBe(4);
    expect(await page.locator("#chart-items-e2e canvas").count()).toBe(1);
    expect(await page.locator("#repeats").innerText()).toContain("4 runs of one plan");
    for (const count of await coloursOfCanvases(page)) expect(count).toBeGreaterThan(5);
    expect(complaints).toEqual([]);
  });

  it("a comparison runs nothing that a baseline or a run says", async () => {
    const document = compared();
    const keep = new Set([
      ...[document.schema, document.verdict.status, "ttft", "e2e", "ms"],
      ...document.metrics.flatMap(({ outcome, method, rule }) => [
        ...[outcome, method, rule.better, rule.scale, rule.unit],
      ]),
    ]);
    const caveats = [HOSTILE];
    const difference = { field: HOSTILE, baseline: HOSTILE, candidate: HOSTILE };
    const differences = [{ ...difference, class: "soft" as const, varied: false }];
    const comparison = { ...tainted(document, keep), caveats, differences };
    await expectInert(await open(renderHtml({ ...run, comparison }, assets)), 4);
  });

  it("a dot is drawn for every request, and red where it failed", async () => {
    const base = seriesFixture();
    const start = base.at[0] ?? 0;
    const points = {
      sent: [start + 500, start + 1500, start + 2500],
      waited: [0, 0, 0],
      ttft: [100, 200, null],
      e2e: [500, 700, null],
      ok: [true, true, false],
    };
    const failed = [{ record: failedRecord(1, "server_error", HOSTILE), durationMs: 1 }];
    const { page, complaints } = await open(
      renderHtml({ ...run, series: { ...base, points, failed } }, assets),
    );
    expect(await page.locator("#latency figcaption").first().innerText()).toContain("failed ones");
    const picture = `document.querySelector("#chart-band-ttft_scheduled canvas").toDataURL()`;
    const dotted = await page.evaluate<string>(picture);
    const { page: plain } = await open(renderHtml(run, assets));
    expect(await plain.evaluate<string>(picture)).not.toBe(dotted);
    expect(complaints).toEqual([]);
  });

  it("the machines are drawn on the time axis of the traffic", async () => {
    const base = seriesFixture();
    const at = base.at;
    const line = (metric: string, value: (i: number) => number): TelemetrySeries => ({
      ...{ metric, source: "nvml:0", at, values: at.map((_, i) => value(i)) },
    });
    const telemetry = [
      ...base.telemetry,
      line("gpu_utilization", (i) => 50 + (i % 40)),
      line("gpu_sm_active", (i) => 0.3 + (i % 10) / 50),
      line("gpu_power", (i) => 300 + 10 * (i % 9)),
      line("gpu_clock_sm", () => 1410),
      line("gpu_memory_used", () => 8e9),
      line("server_running", (i) => i % 5),
    ];
    const { page, complaints } = await open(
      renderHtml({ ...run, series: { ...base, telemetry } }, assets),
    );
    for (const id of ["gpu-activity", "gpu-power", "gpu-clocks", "gpu-memory", "server-load"])
      expect(await page.locator(`#chart-${id} canvas`).count()).toBe(1);
    await page.locator("#chart-gpu-power .u-over").hover();
    const time = (id: string): Promise<string | null> =>
      page.locator(`#chart-${id} .u-series .u-value`).first().textContent();
    expect(await time("gpu-power")).toMatch(/^\d+:\d\d/);
    expect(await time("band-itl")).toBe(await time("gpu-power"));
    expect(complaints).toEqual([]);
  });

  it("a history has one cursor over all its sittings, on any screen", async () => {
    const named = { commit: HOSTILE, build: (night: number) => `${HOSTILE}${night < 15 ? 1 : 2}` };
    const runs = historyRuns(30, (night) => (night < 15 ? 1 : 1.2), named);
    const history = historyOf("steady", runs);
    const facts = { plimsoll: "0.1.0", madeAt: "2026-11-21T20:00:00.000Z" };
    const html = renderHistoryPage(history, [], facts, assets);
    const opened = await open(html);
    const { page } = opened;
    for (const count of await coloursOfCanvases(page)) expect(count).toBeGreaterThan(5);
    await page.locator("#chart-tpot-p50 .u-over").hover();
    const session = (id: string): Promise<string | null> =>
      page.locator(`#chart-${id} .u-series .u-value`).first().textContent();
    expect(await session("tpot-p50")).toMatch(/^2026-01-1\d/);
    expect(await session("ttft-p50")).toBe(await session("tpot-p50"));
    await expectInert(opened, 4);
    const phone = await openPage(browser, folder, html, { viewport: { width: 400, height: 900 } });
    expect(await phone.page.evaluate("document.documentElement.scrollWidth")).toBe(400);
    expect(phone.complaints).toEqual([]);
  });

  it("every name of a metric in a heading or a title leads to its definition", async () => {
    const { page } = await open(renderHtml(run, assets));
    const links = page.locator("a.term");
    expect(await links.count()).toBeGreaterThan(8);
    const targets = await page.evaluate<string[]>(
      `[...document.querySelectorAll("a.term")].map((one) => one.hash)`,
    );
    for (const href of targets) expect(await page.locator(href).count(), href).toBe(1);
  });

  describe("the index", () => {
    const entry = (day: number, changes: Partial<IndexEntry> = {}): IndexEntry => ({
      ...{ id: `run-${day}`, name: `nightly-${day % 2}`, hasReport: true },
      startedAt: `2026-03-0${day}T02:00:00.000Z`,
      summary: summaryFixture(),
      ...changes,
    });
    const entries = [1, 2, 3, 4, 5, 6, 7].map((day) => entry(day));

    it("sorts with the keyboard and filters", async () => {
      const { page, complaints } = await open(renderIndex(entries, assets));
      const first = page.locator("#runs tbody tr td").first();
      expect(await first.innerText()).toContain("2026-03-07");
      const heading = page.locator("#runs th", { hasText: "started" }).getByRole("button");
      await heading.focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Enter");
      expect(await first.innerText()).toContain("2026-03-01");
      await page.locator("#runs .filter input").focus();
      await page.keyboard.type("nightly-0");
      expect(await page.locator("#runs tbody tr:visible").count()).toBe(3);
      expect(await page.locator("#trends td.timeline path").count()).toBeGreaterThan(2);
      expect(complaints).toEqual([]);
    });

    it("runs nothing that a run is called", async () => {
      const base = summaryFixture();
      const target = { ...base.target!, server: HOSTILE, model: HOSTILE };
      const hostile = entry(8, { id: HOSTILE, name: HOSTILE, summary: { ...base, target } });
      await expectInert(await open(renderIndex([...entries, hostile], assets)), 1);
    });
  });

  it("the frame of capacity, plans and sweeps runs nothing that it is given", async () => {
    const words = { id: "hostile", title: HOSTILE, caption: HOSTILE };
    const pairs = items("e2e").pairs;
    const look = { accepted: HOSTILE, judged: HOSTILE, unit: "ms", metric: "e2e" };
    const section = {
      ...{ id: "one", title: HOSTILE, intro: HOSTILE },
      blocks: [
        table([HOSTILE], [[cell(HOSTILE, { title: HOSTILE, below: HOSTILE, notes: [HOSTILE] })]]),
        pairsChart(words, pairs, look),
      ],
    };
    const tile = { label: HOSTILE, href: "", value: HOSTILE, unit: HOSTILE, note: HOSTILE };
    const html = renderPage(
      {
        verdict: { title: HOSTILE, tone: "pass", sign: "✔" },
        reason: HOSTILE,
        validity: { text: HOSTILE, tone: "neutral" },
        ...{ name: HOSTILE, id: HOSTILE, startedAt: HOSTILE, plimsoll: HOSTILE, footer: HOSTILE },
        tiles: [{ ...tile, tone: "" }],
        sections: [section],
      },
      assets,
    );
    const opened = await open(html);
    await expectInert(opened, 4);
    for (const count of await coloursOfCanvases(opened.page)) expect(count).toBeGreaterThan(5);
  });
});

if (!hasBrowser) {
  it.skip(`needs chromium at ${executablePath}; PLIMSOLL_CHROMIUM names another`);
}
