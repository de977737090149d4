/** Repeats of one command, shown as repeats: no run is the answer, the spread between them is. */
import type { RepeatedMetric } from "../../judge/compare/repeats.ts";
import { cell, numberCell, table, valueCell, type Cell, type Section } from "../page/blocks.ts";
import { glossaryLink, linked } from "../page/glossary.ts";
import { counted, quantity, whole } from "../text/quantity.ts";
import type { ReportInput } from "../page/report-input.ts";

export function repeatsSection({ repeats, summary }: ReportInput): Section | undefined {
  if (repeats === undefined || repeats.runs.length < 2) return undefined;
  const { runs, metrics } = repeats;
  const headings = [
    ...["run", "started", "#requests", "measurement"],
    ...metrics.map(({ id, metric }) => linked(`#${id}`, metric)),
  ];
  const rows = runs.map((run) => {
    const own = run.run === summary.run.id;
    const href = `../${encodeURIComponent(run.run)}/report.html`;
    const cells: Cell[] = [
      cell(run.run, own ? { mono: true, below: "this page" } : { mono: true, href }),
      cell(run.startedAt.slice(0, 19).replace("T", " "), { keep: true }),
      numberCell(whole(run.requests)),
      cell(run.leftOut ?? run.validity, { tone: run.validity === "valid" ? "" : "warn" }),
      ...metrics.map((one) =>
        valueCell(one.runs.find((value) => value.run === run.run)?.value, one.unit),
      ),
    ];
    return { lead: own, cells };
  });
  return {
    id: "repeats",
    title: "Repeats",
    intro: `${counted(runs.length, "run")} of one plan. The rest of this page is about this one.`,
    blocks: [
      table(["metric", "#level", "#90 % interval", "#lowest", "runs", "#highest"], [], {
        title: "Run by run",
        caption:
          "Each stroke is a run, the tall one is this page's. The interval is that of the level of such runs: another run may lie outside.",
        rows: metrics.map((one) => ({ lead: false, cells: metricCells(one, summary.run.id) })),
      }),
      table(headings, [], { fold: `Every run (${runs.length})`, rows }),
    ],
  };
}

const ROOM = 20;

function metricCells({ id, metric, unit, runs, level }: RepeatedMetric, own: string): Cell[] {
  const values = runs.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (value: number): string =>
    (high === low ? 500 : ROOM + ((value - low) / (high - low)) * (1000 - 2 * ROOM)).toFixed(1);
  const interval =
    level?.low === undefined || level.high === undefined
      ? undefined
      : `${quantity(level.low, unit)} – ${quantity(level.high, unit)}`;
  const label = runs.map(({ value }) => quantity(value, unit)).join(", ");
  const parts = runs.map(({ run, value }) => ({
    ...{ x: x(value), width: "8" },
    part: run === own ? "own" : "accepted",
  }));
  return [
    cell(id, glossaryLink(metric)),
    valueCell(level?.value, unit, "no run counts"),
    numberCell(interval, "two runs that count are needed"),
    valueCell(low, unit),
    cell("", { timeline: { label, parts, events: "" } }),
    valueCell(high, unit),
  ];
}
