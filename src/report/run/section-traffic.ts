/** Whether the traffic was what the scenario asked for, and what came out. */
import type { PhaseSummary } from "../../judge/metric-summaries.ts";
import type { Summary } from "../../judge/summary.ts";
import type { Series } from "../../judge/series/series.ts";
import {
  cell,
  numberCell,
  table,
  valueCell,
  type Block,
  type Cell,
  type Section,
} from "../page/blocks.ts";
import type { ChartLine } from "../page/chart-spec.ts";
import { timeChart } from "../page/charts.ts";
import { linked } from "../page/glossary.ts";
import { limitText, quantity, whole } from "../text/quantity.ts";
import { rateWords } from "../text/rate-words.ts";
import type { ReportInput } from "../page/report-input.ts";

function trafficLines({ traffic }: Series): readonly ChartLine[] {
  const rate = { unit: "/s", axis: "left" } as const;
  return [
    {
      ...rate,
      label: "started",
      role: "sea",
      fill: true,
      draw: "steps",
      values: traffic.achievedRate,
    },
    { ...rate, label: "completed", role: "deep", values: traffic.completedRate },
    {
      ...rate,
      label: "target",
      role: "ink",
      dash: true,
      draw: "steps",
      values: traffic.targetRate,
    },
    { label: "in flight", unit: "", axis: "right", role: "brass", values: traffic.inFlight },
  ];
}

function targetText({ targetRate }: PhaseSummary): string | undefined {
  if (targetRate === undefined) return undefined;
  const [from, to] = targetRate;
  const start = quantity(from, "1/s");
  return from === to ? start : `${start} to ${quantity(to, "1/s")}`;
}

/** The 95th percentile of the first of these metrics that the phase has. */
function p95(phase: PhaseSummary, names: readonly (keyof PhaseSummary["metrics"])[]): Cell {
  const found = names.map((name) => phase.metrics[name]).find((one) => one?.kind === "trend");
  const reason = phase.measured ? "no data" : "the phase is not measured";
  return valueCell(found?.kind === "trend" ? found.p95 : undefined, "ms", reason);
}

function phaseRow(summary: Summary, phase: PhaseSummary): readonly Cell[] {
  const first = phase.measured ? "" : " (not measured)";
  const name = summary.plan.scenarios.length > 1 ? `${phase.scenario} / ${phase.name}` : phase.name;
  return [
    cell(`${name}${first}`, phase.measured ? {} : { tone: "neutral" }),
    valueCell(phase.end - phase.start, "ms"),
    numberCell(targetText(phase), "no schedule: a closed loop, or a drain"),
    valueCell(phase.achievedRate, "1/s"),
    numberCell(whole(phase.requests)),
    numberCell(whole(phase.failed)),
    numberCell(whole(phase.dropped)),
    numberCell(whole(phase.interrupted)),
    p95(phase, ["ttft_scheduled", "ttft"]),
    p95(phase, ["itl", "tpot"]),
    p95(phase, ["e2e_scheduled", "e2e"]),
  ];
}

const PHASE_HEADINGS = [
  ...["phase", "#length", "#target", "#started"],
  linked("#requests", "requests"),
  linked("#failed", "request_failed"),
  linked("#dropped", "dropped_iterations"),
  linked("#interrupted", "interrupted_iterations"),
  linked("#TTFT p95", "ttft_scheduled"),
  linked("#ITL p95", "itl"),
  linked("#E2E p95", "e2e_scheduled"),
];

function rateSentence({ rates }: Summary): string {
  const { achievedShare, inFlightMean, inFlightMax } = rates;
  const flight =
    inFlightMean === undefined || inFlightMax === undefined
      ? ""
      : ` ${inFlightMean.toFixed(1)} requests in flight on average, ${whole(inFlightMax)} at most.`;
  const words = rateWords(rates);
  if (words === undefined) return flight.trim();
  const share = achievedShare === undefined ? "" : ` (${quantity(achievedShare, "ratio")})`;
  return `${words.started} started${words.planned}${share}${words.unplanned}.${flight}`;
}

export function trafficSection({ summary, series }: ReportInput): Section | undefined {
  const words = {
    id: "traffic",
    title: "Rate and requests in flight",
    caption: `Iterations started and planned, and requests completed, per second (left); requests in flight (right). Means of ${limitText(series.intervalMs, "ms")}.`,
  };
  const tokens = {
    id: "throughput",
    title: "Output tokens per second",
    caption: "Tokens received in each interval, all requests together.",
  };
  const throughput: ChartLine = {
    label: "output tokens",
    unit: "tokens/s",
    role: "sea",
    axis: "left",
    fill: true,
    values: series.traffic.outputTokensPerSecond,
  };
  const rows = summary.phases.map((phase) => phaseRow(summary, phase));
  const blocks: readonly (Block | undefined)[] = [
    timeChart(words, series, trafficLines(series)),
    timeChart(tokens, series, [throughput], { metric: "output_tokens_per_second" }),
    rows.length > 0 ? table(PHASE_HEADINGS, rows, { title: "Phases" }) : undefined,
  ];
  const present = blocks.filter((block) => block !== undefined);
  if (present.length === 0) return undefined;
  return { id: "traffic", title: "Traffic", intro: rateSentence(summary), blocks: present };
}
