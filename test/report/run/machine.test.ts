import { describe, expect, it } from "vitest";
import type { Usage } from "../../../src/judge/machine/usage.ts";
import { costLine, energyLine } from "../../../src/report/text/energy-words.ts";
import { renderHtml } from "../../../src/report/run/html.ts";
import { machineSection } from "../../../src/report/run/section-machine.ts";
import { renderMarkdown } from "../../../src/report/export/markdown.ts";
import { renderTerminal } from "../../../src/report/run/terminal.ts";
import { reportAssets } from "../../support/pages/report-assets.ts";
import { seriesFixture } from "../../support/runs/series-fixture.ts";
import { summaryFixture } from "../../support/runs/summary-fixture.ts";

const level = { mean: 80, min: 10, p50: 80, p95: 99, max: 100, count: 200 };

const usage: Usage = {
  gpus: [
    {
      source: "nvml:0",
      name: "NVIDIA H100",
      counted: true,
      utilization: level,
      power: { absent: "only 3 samples; 10 are needed" },
      throttle: {
        reasons: [{ reason: "heat (hardware)", seconds: 5, share: 0.1 }],
        heldBack: { seconds: 5, share: 0.1 },
        counted: {},
      },
    },
  ],
  energy: {
    ...{ scope: "gpu", devices: 1, selection: "all", by: "counter" },
    ...{ joules: 12_000, watts: 400, error: 0.0502, perOutputToken: 0.4, perRequest: 40 },
    idle: { watts: 100, seconds: 12 },
    net: { joules: 9000, perOutputToken: 0.3 },
  },
  cost: {
    given: { gpuHourPrice: 3, energyPrice: 0.12, pue: 1.3 },
    rental: 0.3333,
    energy: 0.01733,
  },
  hosts: [],
  processes: [],
};

describe("energy and cost in words", () => {
  it("are gross first, with the error and what they are of", () => {
    expect(energyLine(usage)).toBe(
      "12,000 J (400 W, ± 5.02 %) of 1 GPU; 0.400 J an output token, 40.0 J a request; 0.300 J a token net of idle",
    );
    expect(costLine(usage)).toBe("$0.333 of GPU rental, $0.0173 of energy a million output tokens");
  });

  it("are left out where they are not known", () => {
    const none: Usage = { gpus: [], hosts: [], processes: [], energy: { absent: "no reason" } };
    expect(energyLine(none)).toBeUndefined();
    expect(costLine({ ...none, cost: { given: {}, rental: { absent: "?" } } })).toBeUndefined();
    const summary = summaryFixture({ usage: none });
    expect(renderTerminal(summary, { color: false })).not.toMatch(/Energy|Cost/);
    expect(renderMarkdown(summary)).not.toMatch(/Energy|Cost/);
  });

  it("are on the terminal and in Markdown", () => {
    const summary = summaryFixture({ usage });
    expect(renderTerminal(summary, { color: false, width: 200 })).toContain(
      "0.400 J an output token",
    );
    expect(renderMarkdown(summary)).toContain("$0.333 of GPU rental");
  });
});

describe("the section on the machines", () => {
  const telemetry = [
    { metric: "gpu_utilization", source: "nvml:0", at: [2000, 3000], values: [50, 100] },
    { metric: "gpu_clock_sm", source: "nvml:0", at: [2000, 3000], values: [1980, 1400] },
    { metric: "gpu_throttle_reasons", source: "nvml:0", at: [2000, 3000], values: [4, 0x44] },
    { metric: "host_cpu", source: "host", at: [2000], values: [0.5] },
  ];
  const series = { ...seriesFixture(), telemetry };

  it("is not there when nothing was sampled", () => {
    const input = { summary: summaryFixture(), series: { ...seriesFixture(), telemetry: [] } };
    expect(machineSection(input)).toBeUndefined();
  });

  it("has charts on the axis of the traffic, and says why what is absent is absent", () => {
    const summary = summaryFixture({
      usage,
      fingerprint: { "gpu.models": "1 x NVIDIA H100" },
      sources: [
        { source: "nvml:0", kind: "nvml", available: true, gives: ["gpu_power"] },
        {
          ...{ source: "rapl", kind: "rapl", available: false, reason: "permission denied" },
          advice: "chmod it",
        },
      ],
    });
    const html = renderHtml({ summary, series }, reportAssets());
    for (const words of [
      "The machines",
      "not how busy the GPU was",
      "heat (hardware) 10.0 %",
      "only 3 samples; 10 are needed",
      "permission denied",
      "chmod it",
      "1 x NVIDIA H100",
      "0.400 J an output token",
    ])
      expect(html).toContain(words);
    const charts = machineSection({ summary, series })?.blocks.flatMap((block) =>
      block.partial === "pair" ? block.blocks : [],
    );
    const clocks = charts?.find(
      (block) => block.partial === "chart" && block.title === "GPU clocks",
    );
    const spec = clocks?.partial === "chart" ? clocks.spec : undefined;
    expect(spec?.x).toHaveLength(series.at.length);
    expect(spec?.series.map(({ label }) => label)).toEqual(["SM clock", "held back"]);
    expect(spec?.y[1]?.filter((value) => value !== null)).toEqual([0, 100]);
  });
});
