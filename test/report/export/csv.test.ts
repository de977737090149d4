import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RequestRecord } from "../../../src/core/request-record.ts";
import type { RunLine } from "../../../src/core/records.ts";
import type { Sample } from "../../../src/core/telemetry-lines.ts";
import { withoutSteering } from "../../../src/core/terminal-text.ts";
import { requestsCsv, samplesCsv, type Rows } from "../../../src/report/export/csv.ts";
import { failedRecord } from "../../support/runs/series-fixture.ts";

function csv(lines: readonly RunLine[], rows: Rows): string {
  return [...lines.map((line) => rows.add(line) ?? ""), rows.end()].join("");
}

const ok: RequestRecord = {
  type: "request",
  scenario: "main",
  phase: "steady",
  iteration: 7,
  request: 0,
  vu: 2,
  worker: 1,
  api: "openai-chat",
  scheduled: 1000,
  sent: 1000.4321987,
  connect: 0.21,
  headers: 1010.5,
  firstContent: 1100.25,
  lastContent: 1600.25,
  ended: 1601,
  contentGapsUs: [99_818, 10_000],
  status: 200,
  outcome: { ok: true, finish: "length" },
  output: { count: 51, source: "usage" },
  prompt: { count: 256, source: "usage" },
  server: { promptMs: 80.1, predictedMs: 500 },
  bytes: 9120,
  tags: { kind: "a,b" },
};

const sample = (value: number, metric = "server_slots_busy"): Sample => ({
  type: "sample",
  at: 1500,
  source: "server",
  metric,
  value,
});

describe("requests.csv", () => {
  it("has one row a request, times in ms, empty where nothing was measured", async () => {
    const lines: RunLine[] = [sample(1), ok, failedRecord(3, "stall", "silent for 30 s, gave up")];
    const rows = csv(lines, requestsCsv());
    await expect(rows).toMatchFileSnapshot("../../fixtures/report/requests.csv");
  });

  it("has only its header for a run without requests", () => {
    const rows = csv([], requestsCsv());
    expect(rows.split("\n")).toHaveLength(2);
    expect(rows).toMatch(/^scenario,phase,iteration/);
  });

  it("keeps every row of a long run, in order", () => {
    const lines = Array.from({ length: 2000 }, (_, iteration) => ({ ...ok, iteration }));
    const rows = csv(lines, requestsCsv()).trimEnd().split("\n").slice(1);
    expect(rows.map((row) => Number(row.split(",")[2]))).toEqual(lines.map((l) => l.iteration));
  });

  it("has nothing in it that a terminal would obey", () => {
    const message = "a\u001b]0;owned\u0007b\u009b8m\u202ec\rd";
    const tags = { "k\u202e": "v\u0085" };
    const rows = csv([{ ...failedRecord(1, "http_status", message), tags }], requestsCsv());
    expect(rows).toContain("a\\u001b]0;owned\\u0007b\\u009b8m\\u202ec\\u000dd");
    // eslint-disable-next-line no-control-regex
    expect(rows).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it("never gives a spreadsheet a formula", () => {
    const start = fc.constantFrom("=", "+", "-", "@", "\t", "\r", "＝", "＠");
    fc.assert(
      fc.property(start, fc.string({ unit: "grapheme" }), (first, rest) => {
        const message = `${first}${rest}`;
        const rows = csv([failedRecord(1, "server_error", message)], requestsCsv());
        const quoted = `'${withoutSteering(message, false)}`.replaceAll('"', '""');
        expect(rows.includes(quoted)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("samples.csv", () => {
  it("has one row a reading; negative numbers stay numbers", () => {
    const rows = csv([ok, sample(3), sample(-0.25, "=cmd()")], samplesCsv());
    expect(rows).toBe(
      "at_ms,source,metric,value\n1500,server,server_slots_busy,3\n1500,server,'=cmd(),-0.25\n",
    );
  });

  it("has a row for each value of readings by column, and none for what was not measured", () => {
    const readings: RunLine = {
      ...{ type: "readings", source: "host", metrics: ["host_cpu", "host_load"] },
      rows: [
        [1000.25, null, 4],
        [2000.5, 0.5, null],
      ],
    };
    const rows = csv([readings], samplesCsv());
    expect(rows).toBe(
      "at_ms,source,metric,value\n1000.25,host,host_load,4\n2000.5,host,host_cpu,0.5\n",
    );
  });
});
