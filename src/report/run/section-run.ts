/** The run itself: how it ended, what it counted, where its files lie. */
import { RUN_SCHEMA } from "../../core/records.ts";
import type { Summary } from "../../judge/summary.ts";
import {
  cell,
  numberCell,
  table,
  type Block,
  type FactsBlock,
  type Section,
} from "../page/blocks.ts";
import { quantity, whole } from "../text/quantity.ts";
import type { ReportInput } from "../page/report-input.ts";

const ENDS: Readonly<Record<Summary["run"]["end"], string>> = {
  completed: "completed",
  interrupted: "interrupted; what was measured until then is here",
  target_failed: "the target failed",
  script_failed: "the scenario's script failed",
  write_failed: "the run could not be written any more; what was measured until then is here",
  aborted: "aborted by a threshold",
  cut_short: "cut short: the run file has no footer",
};

function runFacts({ run, schema }: Summary): FactsBlock {
  const repeat = run.repeat;
  const list: readonly (readonly [string, string])[] = [
    ["Run", run.id],
    ["Started", run.startedAt],
    [
      "Length",
      `${quantity(run.durationMs, "ms")}, ${quantity(run.measured.ms, "ms")} of it measured`,
    ],
    ["End", run.endMessage === undefined ? ENDS[run.end] : `${ENDS[run.end]}: ${run.endMessage}`],
    [
      "Repeat",
      repeat === undefined ? "" : `${repeat.index + 1} of ${repeat.of}, group ${repeat.group}`,
    ],
    [
      "Last line",
      run.torn ? "torn: the run was killed while writing; everything before it counts" : "",
    ],
    ["Formats", `${RUN_SCHEMA}, ${schema}`],
    [
      "Files",
      "run.jsonl (the truth), summary.json, requests.csv, samples.csv, report.html, server.log",
    ],
  ];
  const facts = list
    .filter(([, text]) => text !== "")
    .map(([term, text]) => ({ term, cell: cell(text) }));
  return { partial: "facts", title: "Run", facts };
}

function censusTable({ census }: Summary): Block {
  const requests = (
    name: string,
    { total, ok, failed, censored }: Summary["census"]["requests"],
  ) => [cell(name), ...[total, ok, failed, censored].map((count) => numberCell(whole(count)))];
  const rows = [
    requests("measured phases", census.measuredRequests),
    requests("all phases", census.requests),
  ];
  return table(["requests", "#total", "#ok", "#failed", "#cut off"], rows, { title: "Requests" });
}

function iterationTable({ census }: Summary): Block {
  const { iterations, measuredIterations } = census;
  // Only of runs that were cut short.
  const known = [iterations, measuredIterations].some(({ unknown }) => unknown !== undefined);
  const row = (name: string, counts: Summary["census"]["iterations"]) => [
    cell(name),
    ...[counts.completed, counts.dropped, counts.interrupted, counts.failed].map((count) =>
      numberCell(whole(count)),
    ),
    ...(known
      ? [numberCell(counts.unknown === undefined ? undefined : whole(counts.unknown))]
      : []),
  ];
  return table(
    [
      ...["iterations", "#completed", "#dropped", "#interrupted", "#script failed"],
      ...(known ? ["#unknown"] : []),
    ],
    [row("measured phases", measuredIterations), row("all phases", iterations)],
    { title: "Iterations" },
  );
}

export function runSection({ summary }: ReportInput): Section {
  return {
    id: "run",
    title: "The run and its files",
    intro: "Every number here can be computed again from run.jsonl.",
    blocks: [
      runFacts(summary),
      { partial: "pair", blocks: [censusTable(summary), iterationTable(summary)] },
    ],
  };
}
