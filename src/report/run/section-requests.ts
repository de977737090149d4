/** Single requests: the slowest, and the first failures of each kind, each with its timeline. */
import type { RequestExample, Series } from "../../judge/series/series.ts";
import { cell, numberCell, table, valueCell, type Cell, type Section } from "../page/blocks.ts";
import { elapsed, whole } from "../text/quantity.ts";
import type { ReportInput } from "../page/report-input.ts";
import { timelineOf } from "./request-timeline.ts";

const HEADINGS = [
  ...["#at", "#iteration", "phase", "outcome", "#TTFT", "#took", "#tokens", "timeline"],
];

const LEGEND =
  "From when it was due: waiting to be sent (pale), for headers (grey), for the first token (amber), then tokens (blue, a stroke each); red where it failed. All bars have the same scale.";

function row(series: Series, scaleMs: number, { record, durationMs }: RequestExample): Cell[] {
  const { outcome, firstContent, sent } = record;
  const at = record.scheduled ?? sent;
  const words = outcome.ok ? outcome.finish : outcome.failure;
  const label = timelineOf(record, scaleMs);
  return [
    { ...numberCell(elapsed(at - series.start)), sort: String(at) },
    { ...numberCell(whole(record.iteration)), sort: String(record.iteration) },
    cell(record.phase),
    cell(outcome.ok ? `✔ ${words}` : `✘ ${words}`, { tone: outcome.ok ? "" : "fail" }),
    valueCell(firstContent === undefined ? undefined : firstContent - sent, "ms", "no token came"),
    valueCell(durationMs, "ms"),
    numberCell(record.output === undefined ? undefined : whole(record.output.count), "not counted"),
    cell("", { timeline: label }),
  ];
}

export function requestsSection({ series }: ReportInput): Section | undefined {
  const examples = [...series.slowest, ...series.failed];
  if (examples.length === 0) return undefined;
  const scaleMs = Math.max(1, ...examples.map(({ durationMs }) => durationMs));
  const tableOf = (title: string, shown: readonly RequestExample[]): Section["blocks"] =>
    shown.length === 0
      ? []
      : [
          table(
            HEADINGS,
            shown.map((example) => row(series, scaleMs, example)),
            { title, caption: LEGEND, sortable: true },
          ),
        ];
  return {
    id: "requests",
    title: "Requests",
    intro: "Times are into the traffic. Click a heading to sort. All requests are in requests.csv.",
    blocks: [
      ...tableOf(`The ${series.slowest.length} slowest`, series.slowest),
      ...tableOf("Failed: the first of each kind", series.failed),
    ],
  };
}
