import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Series } from "../../../src/judge/series/series.ts";
import type { Summary } from "../../../src/judge/summary.ts";
import { metrics } from "../../../src/core/metrics.ts";
import { renderHtml } from "../../../src/report/run/html.ts";
import type { ReportAssets } from "../../../src/report/page/report-input.ts";
import { reportAssets } from "../../support/pages/report-assets.ts";
import { emptySeries, failedRecord, seriesFixture } from "../../support/runs/series-fixture.ts";
import { emptySummary, failedSummary, summaryFixture } from "../../support/runs/summary-fixture.ts";
import { gate, threshold, trend } from "../../support/runs/summary-parts.ts";

const assets = reportAssets();

/** The same templates around one-line styles and scripts, so that what is compared is the page. */
const bare: ReportAssets = {
  templates: {
    ...assets.templates,
    "report.css": "/* css */",
    "charts.js": "// charts",
    "tables.js": "// tables",
  },
  uplotJs: "// uplot",
  uplotCss: "/* uplot */",
};

/** Everything a server, a file or a scenario can put into a report, as this text. */
function tainted(text: string): { summary: Summary; series: Series } {
  const base = summaryFixture();
  const series = seriesFixture();
  const [failure] = base.failures.kinds;
  return {
    summary: {
      ...base,
      run: { ...base.run, id: text, name: text, endMessage: text, plimsoll: text },
      plan: {
        ...base.plan,
        file: text,
        parameters: { [text]: text },
        scenarios: [{ name: text, executor: text, traffic: text, arrival: text }],
      },
      target: {
        ...base.target!,
        server: text,
        build: text,
        model: text,
        url: text,
        command: [text],
      },
      environment: { ...base.environment, hostname: text, cpu: text, os: text },
      verdict: { ...base.verdict, reasons: [text] },
      validity: {
        status: "suspect",
        gates: [gate({ status: "warn", title: text, detail: text, advice: text, reason: text })],
      },
      phases: base.phases.map((phase) => ({ ...phase, name: text, scenario: text })),
      thresholds: [threshold({ key: text, source: text, metric: text })],
      failures: {
        ...base.failures,
        kinds: [{ ...failure!, statuses: { "200": 1 }, messages: [{ message: text, count: 2 }] }],
      },
      checks: [{ name: text, passes: 1, fails: 0 }],
      warnings: [{ code: "c", message: text, advice: text }],
    },
    series: {
      ...series,
      phases: series.phases.map((phase) => ({ ...phase, name: text })),
      telemetry: series.telemetry.map((line) => ({ ...line, source: text })),
      failed: [{ record: failedRecord(1, "server_error", text), durationMs: 1 }],
    },
  };
}

/** The page's markup without its text and attribute values: what a browser would make elements of. */
function skeleton(page: string): string {
  const markup = page.match(/<[^<>]*>|</g) ?? [];
  return markup.map((tag) => tag.replaceAll(/"[^"]*"/g, "")).join("\n");
}

describe("what comes from outside is text", () => {
  const reference = skeleton(renderHtml(tainted("harmless words, many of them"), bare));

  const nasty = fc.constantFrom(
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    "]]>",
    "{{this}}{{{data}}}{{> table}}",
    "\u2028\u2029</title></style>",
    "javascript:alert(1)",
  );
  const text = fc
    .array(fc.oneof(nasty, fc.string({ unit: "grapheme" }), fc.constant("<>&\"'`=/")), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => parts.join(""))
    .filter((joined) => joined.length > 24);

  it("makes no element and no attribute, whatever it is", () => {
    fc.assert(
      fc.property(text, (hostile) => {
        expect(skeleton(renderHtml(tainted(hostile), bare))).toBe(reference);
      }),
      { numRuns: 25 },
    );
  });

  it("cannot end the data block, and is the same text when the page reads it", () => {
    const hostile = "</script><script>alert(1)</script>\u2028&<!--";
    const page = renderHtml(tainted(hostile), bare);
    const block = /id="report-data">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
    expect(block).not.toMatch(/[<>&\u2028\u2029]/);
    const { charts } = JSON.parse(block) as { charts: { phases: { name: string }[] }[] };
    expect(charts[0]?.phases[0]?.name).toBe(hostile);
  });
});

describe("the policy", () => {
  const page = renderHtml({ summary: summaryFixture(), series: seriesFixture() }, assets);
  const policy = (/http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "")
    .replaceAll("&#x27;", "'")
    .replaceAll("&#x3D;", "=");

  it("allows the inline blocks of the page by their hashes, and nothing else", () => {
    const blocks = (tag: string): string[] =>
      [...page.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, "gs"))].map(([, text = ""]) => {
        return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
      });
    expect(blocks("script")).toHaveLength(3);
    expect(blocks("style")).toHaveLength(2);
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      `script-src ${blocks("script").join(" ")}`,
      `style-src ${blocks("style").join(" ")}`,
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  it("is not undermined by inline styles, handlers or addresses", () => {
    const markup = skeleton(page.replaceAll(/<(script|style)\b.*?<\/\1>/gs, ""));
    expect(markup).not.toMatch(/\sstyle=|\son\w+=/);
    expect(page.replaceAll(/<(script|style)\b.*?<\/\1>/gs, "")).not.toMatch(
      /(src|href)="(?!#|data:)/,
    );
  });
});

describe("the page", () => {
  it("keeps its shape", async () => {
    const page = renderHtml({ summary: failedSummary(), series: emptySeries() }, bare);
    await expect(page).toMatchFileSnapshot("../../fixtures/report/failed.html");
  });

  it("leads with the time to first token from schedule in an open loop", () => {
    const page = renderHtml({ summary: summaryFixture(), series: seriesFixture() }, bare);
    const labels = [...page.matchAll(/<dt><a href="[^"]*">([^<]*)<\/a><\/dt>/g)].map(([, l]) => l);
    expect(labels[0]).toBe("TTFT from schedule, p95");
  });

  it("says that a target never became ready, and draws nothing", () => {
    const page = renderHtml({ summary: emptySummary(), series: emptySeries() }, bare);
    expect(page).toContain("Target failed");
    expect(page).toContain("it never became ready");
    expect(page).toContain('{"charts":[]}');
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it("links only to what is in it", () => {
    const page = renderHtml({ summary: failedSummary(), series: seriesFixture() }, bare);
    const ids = new Set([...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id));
    const targets = [...page.matchAll(/ href="#([^"]*)"/g)].map(([, id]) => id);
    expect(targets.filter((id) => !ids.has(id))).toEqual([]);
    for (const name of Object.keys(metrics)) expect(ids).toContain(`metric-${name}`);
  });

  it("carries the numbers of every chart in tables too", () => {
    const page = renderHtml({ summary: summaryFixture(), series: seriesFixture() }, bare);
    const charts = page.match(/class="chart"/g)?.length ?? 0;
    const tables = page.match(/<details><summary>Numbers of this chart/g)?.length ?? 0;
    expect(charts).toBeGreaterThan(8);
    expect(tables).toBe(charts);
  });

  it("stays under 1.5 MB for the longest series a run can have", () => {
    const base = seriesFixture();
    const at = Array.from({ length: 600 }, (_, i) => 1000 + i * 8_192_000);
    const column = at.map((_, i) => Math.sqrt(i + 1) * 1234.567891234);
    const names = ["ttft_scheduled", "ttft", "itl", "tpot", "e2e_scheduled", "e2e"] as const;
    const series: Series = {
      ...base,
      at,
      intervalMs: 8_192_000,
      traffic: {
        ...base.traffic,
        targetRate: column,
        achievedRate: column,
        completedRate: column,
        inFlight: column,
        outputTokensPerSecond: column,
        dropped: column,
        dispatchLagMax: column,
        failures: (["stall", "truncated", "overloaded", "http_status", "empty"] as const).map(
          (kind) => ({ kind, counts: column }),
        ),
      },
      bands: names.map((metric) => ({
        ...{ metric, unit: "ms", p50: column, p95: column, p99: column, max: column },
      })),
      telemetry: Array.from({ length: 64 }, (_, worker) => ({
        metric: worker % 2 === 0 ? "event_loop_delay" : "event_loop_utilization",
        source: `worker-${worker}`,
        at,
        values: column,
      })),
    };
    const page = renderHtml({ summary: summaryFixture(), series }, assets);
    expect(Buffer.byteLength(page)).toBeLessThan(1_500_000);
  });

  it("shows the metrics of chunks as such", () => {
    const base = summaryFixture();
    const itl = { ...trend("itl", 40), per: "chunk" } as Summary["metrics"]["itl"] & object;
    const page = renderHtml(
      { summary: { ...base, metrics: { ...base.metrics, itl } }, series: emptySeries() },
      bare,
    );
    expect(page).toContain("ITL (between chunks)");
  });

  it("tells a missing template by its name", () => {
    const render = (): string =>
      renderHtml(
        { summary: summaryFixture(), series: emptySeries() },
        { ...bare, templates: { "report.hbs": "" } },
      );
    expect(render).toThrow("templates/report.css was not handed in");
  });
});
