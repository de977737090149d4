import { describe, expect, it } from "vitest";
import type { RunLine } from "../../../src/core/records.ts";
import { renderHtml } from "../../../src/report/run/html.ts";
import { renderMarkdown } from "../../../src/report/export/markdown.ts";
import { overloadTable } from "../../../src/report/text/overload-table.ts";
import { renderTerminal } from "../../../src/report/run/terminal.ts";
import { reportAssets } from "../../support/pages/report-assets.ts";
import {
  every,
  failedRequest,
  footer,
  header,
  iteration,
  judged,
  mark,
  request,
  steadyLines,
  summaryOf,
} from "../../support/runs/run-lines.ts";

/** Phases of 2 s: 10/s, then 20/s that wait 4 times as long and partly fail, then 10/s again. */
function doubled(recovers: boolean): RunLine[] {
  const late = (at: number) => ({ firstContent: at + 200, lastContent: at + 230, ended: at + 240 });
  const slow = (at: number, phase: string) => request(at, { phase, ...late(at) });
  const lost = { ok: false, failure: "truncated", message: "it ended" } as const;
  return [
    header({ slo: { limits: [{ metric: "ttft", limit: 100 }] } }),
    mark("peak", [0, 2000]),
    mark("peak2x", [2000, 4000]),
    mark("recovery", [4000, 6000]),
    ...every(100, 0, 20).map((at) => request(at, { phase: "peak" })),
    ...every(50, 2000, 34).map((at) => slow(at, "peak2x")),
    ...every(50, 3700, 5).map((at) => failedRequest(at, { phase: "peak2x" })),
    failedRequest(3950, { phase: "peak2x", status: 200, outcome: lost }),
    ...every(100, 4000, 20).map((at) =>
      recovers ? request(at, { phase: "recovery" }) : slow(at, "recovery"),
    ),
    ...every(100, 0, 20).map((at) => iteration(at, { phase: "peak" })),
    ...every(50, 2000, 40).map((at) => iteration(at, { phase: "peak2x" })),
    footer(6300),
  ];
}

describe("what a doubled peak did", () => {
  it("is said in words: how much slower, how it failed, what was lost, when it was back", async () => {
    const table = overloadTable(await summaryOf(doubled(true)));
    expect(table?.phases).toEqual(["peak", "peak2x", "recovery"]);
    expect(table?.sentences).toEqual([
      "At peak2x (20.0/s instead of 10.0/s): p95 of TTFT from schedule 200 ms, × 4.0 of the 50.0 ms before; 15.0 % failed (5 overloaded, 1 truncated); of 35 accepted 1 was lost.",
      "Recovery: at once after peak2x (p95 of the waiting within 100 ms).",
    ]);
    const never = overloadTable(await summaryOf(doubled(false)));
    expect(never?.sentences[1]).toBe(
      "Recovery: the p95 of the waiting was not back within 100 ms by the end of the run, 2.00 s after peak2x.",
    );
  });

  it("has a row for what was measured, and none for what was not", async () => {
    const { rows = [] } = overloadTable(await summaryOf(doubled(true))) ?? {};
    const row = (name: string) => rows.find((one) => one.name === name);
    expect(row("Failed")).toEqual({
      name: "Failed",
      values: ["0 %", "15.0 %", "0 %"],
      change: "",
    });
    expect(row("Failed: overloaded")?.values).toEqual(["0", "5", "0"]);
    expect(row("TTFT from schedule, p95")).toMatchObject({
      values: ["50.0 ms", "200 ms", "50.0 ms"],
      change: "× 4.0",
    });
    expect(row("In flight, most")?.values).toEqual(["1", "5", "1"]);
    expect(row("GPU utilization")).toBeUndefined();
    expect(row("Waiting in the server")).toBeUndefined();
  });

  it("is in the terminal, in Markdown and on the page, and not where there is none", async () => {
    const { summary, series } = await judged(doubled(true));
    const terminal = renderTerminal(summary, { color: false });
    expect(terminal).toMatch(/Lost after acceptance +0 % +2\.86 % +0 %/);
    expect(renderMarkdown(summary)).toContain("| Lost after acceptance | 0 % | 2.86 % | 0 % |");
    const page = renderHtml({ summary, series }, reportAssets());
    expect(page).toContain("Overload and recovery");
    expect(overloadTable(await summaryOf(steadyLines()))).toBeUndefined();
  });
});
