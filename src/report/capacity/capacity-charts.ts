/** What a server gives, and how long it takes, against the load: a point for every level. */
import type { CapacityDocument } from "../../judge/capacity/capacity.ts";
import type { Level } from "../../judge/capacity/level.ts";
import type { Block } from "../page/blocks.ts";
import type { ChartLine, ChartSpec } from "../page/chart-spec.ts";
import { loadChart, type LoadAxis } from "../page/load-chart.ts";

type Of = (level: Level) => number | undefined;

const P95_WORDS =
  "95th percentiles: TTFT and the whole request (left; in an open loop from the schedule), TPOT (right).";

export function capacityCharts(document: CapacityDocument): readonly Block[] {
  const levels = [...document.levels]
    .filter(({ valid }) => valid)
    .sort((a, b) => a.load - b.load || (a.e2e ?? 0) - (b.e2e ?? 0));
  const axis = {
    heading: "load",
    unit: document.by === "rate" ? "/s" : "",
    values: levels.map(({ load }) => load),
  };
  const line = lineOf(levels);
  const marks = marksOf(document);
  const blocks = [
    loadChart(
      {
        id: "throughput",
        title: "Throughput and goodput",
        caption: "Requests per second that ended, and that met the SLO (left); tokens (right).",
      },
      axis,
      [
        line("ended", "/s", "sea", ({ throughput }) => throughput),
        line("good", "/s", "pass", ({ goodput }) => goodput),
        right(line("output tokens", "tokens/s", "brass", (one) => one.tokensPerSecond)),
      ],
      { marks },
    ),
    loadChart(
      {
        id: "latency",
        title: "Times against the load",
        caption: P95_WORDS,
      },
      axis,
      [
        line("TTFT", "ms", "sea", ({ ttft }) => ttft),
        line("E2E", "ms", "deep", ({ e2e }) => e2e),
        right(line("TPOT", "ms", "brass", ({ tpot }) => tpot)),
      ],
      { marks, limits: limitsOf(document) },
    ),
    loadChart(
      { id: "power", title: "Power", caption: "Of the server's devices, mean over the level." },
      axis,
      [line("power", "W", "sea", ({ power }) => power)],
      { marks },
    ),
    pareto(levels),
  ];
  return blocks.filter((block) => block !== undefined);
}

function lineOf(levels: readonly Level[]) {
  return (label: string, unit: string, role: ChartLine["role"], of: Of): ChartLine => ({
    ...{ label, unit, role, axis: "left" as const, bridge: true },
    values: levels.map((level) => of(level) ?? null),
  });
}

function right(line: ChartLine): ChartLine {
  return { ...line, axis: "right", dash: true };
}

function marksOf({ outcome }: CapacityDocument): ChartSpec["marks"] {
  const { estimate, knee } = outcome;
  return [
    ...(knee === undefined ? [] : [{ x: knee, label: "knee" }]),
    ...(estimate === undefined ? [] : [{ x: estimate.capacity, label: "capacity" }]),
  ];
}

function limitsOf({ slo }: CapacityDocument): ChartSpec["limits"] {
  return slo
    .filter(({ metric }) => metric.startsWith("ttft"))
    .map(({ metric, limit }) => ({ value: limit, label: metric }));
}

/** Latency against throughput; the line goes through levels that none beats in both. */
function pareto(levels: readonly Level[]): Block | undefined {
  const known = levels.flatMap(({ throughput, tokensPerSecond, e2e, ttft }) => {
    const given = tokensPerSecond ?? throughput;
    return given === undefined || e2e === undefined ? [] : [{ given, e2e, ttft }];
  });
  const sorted = known.sort((a, b) => a.given - b.given || a.e2e - b.e2e);
  const best = sorted.map((one, i) => sorted.slice(i + 1).every(({ e2e }) => e2e > one.e2e));
  const unit = levels.some(({ tokensPerSecond }) => tokensPerSecond !== undefined)
    ? "tokens/s"
    : "/s";
  const axis: LoadAxis = { heading: "throughput", unit, values: sorted.map(({ given }) => given) };
  const look = { unit: "ms", axis: "left" as const };
  return loadChart(
    {
      id: "pareto",
      title: "Latency against throughput",
      caption:
        "Every level a point, 95th percentiles. The line is the Pareto front: no level gives more in less time than those on it.",
    },
    axis,
    [
      {
        ...{ ...look, label: "Pareto front, E2E", role: "sea" as const, bridge: true },
        values: sorted.map(({ e2e }, i) => (best[i] === true ? e2e : null)),
      },
      {
        ...{ ...look, label: "E2E", role: "deep" as const, draw: "points" as const },
        values: sorted.map(({ e2e }) => e2e),
      },
      {
        ...{ ...look, label: "TTFT", role: "brass" as const, draw: "points" as const },
        values: sorted.map(({ ttft }) => ttft ?? null),
      },
    ],
  );
}
