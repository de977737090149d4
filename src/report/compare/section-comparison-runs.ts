/** Runs shown as runs, and the same requests side by side: the parts of a comparison behind its verdict. */
import type { ComparisonDocument, RunReference, Side } from "../../judge/compare/comparison.ts";
import type { ItemPair, ItemPairs } from "../../judge/compare/display/item-pairs.ts";
import type { RunValues } from "../../judge/compare/display/run-values.ts";
import { cell, numberCell, table, valueCell } from "../page/blocks.ts";
import type { Block, Cell, ChartBlock, TableBlock, Timeline } from "../page/blocks.ts";
import { pairsChart } from "../page/charts.ts";
import { glossaryLink, linked } from "../page/glossary.ts";
import { percent, quantity, whole } from "../text/quantity.ts";

/** Every run with what it measured, then all of them on one line per metric. */
export function runBlocks(comparison: ComparisonDocument, names: Names): readonly Block[] {
  const { runs = [] } = comparison;
  if (runs.length === 0) return [];
  return [strips(runs, names), runTable(comparison, runs, names)];
}

/** What the two sides are called. */
export interface Names {
  readonly accepted: string;
  readonly judged: string;
}

function runTable(
  { baseline, candidate }: ComparisonDocument,
  values: readonly RunValues[],
  names: Names,
): TableBlock {
  const headings = [
    ...["side", "run", "started", "#requests", "measurement"],
    ...values.map(({ id, metric }) => linked(`#${id}`, metric)),
  ];
  const rowsOf = (side: Side, name: string, which: "baseline" | "candidate"): readonly Cell[][] =>
    side.runs.map((run) => [
      cell(name),
      cell(run.run, { mono: true }),
      cell(run.startedAt.slice(0, 19).replace("T", " "), { keep: true }),
      numberCell(whole(run.requests)),
      validityCell(run),
      ...values.map((one) =>
        valueCell(one[which].find((value) => value.run === run.run)?.value, one.unit, "left out"),
      ),
    ]);
  const rows = [
    ...rowsOf(baseline, names.accepted, "baseline"),
    ...rowsOf(candidate, names.judged, "candidate"),
  ];
  return table(headings, rows, { fold: `Every run (${rows.length})`, sortable: true });
}

function validityCell({ validity, leftOut }: RunReference): Cell {
  if (leftOut !== undefined) return cell(`left out: ${leftOut}`, { tone: "fail", keep: false });
  return cell(validity, { tone: validity === "valid" ? "" : "warn" });
}

/** Thousandths of the width: of a stroke, and of the room at each end. */
const STROKE = 8;
const ROOM = 20;

function strips(values: readonly RunValues[], names: Names): TableBlock {
  const rows = values.map((one) => {
    const all = [...one.baseline, ...one.candidate].map(({ value }) => value);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    return [
      cell(one.id, glossaryLink(one.metric)),
      valueCell(low, one.unit),
      cell("", { timeline: strip(one, low, high, names) }),
      valueCell(high, one.unit),
    ];
  });
  const caption = `Each stroke is a run: ${names.accepted} above, ${names.judged} below.`;
  return table(["metric", "#lowest", "runs", "#highest"], rows, { title: "Run by run", caption });
}

function strip(one: RunValues, low: number, high: number, names: Names): Timeline {
  const x = (value: number): string =>
    (high === low ? 500 : ROOM + ((value - low) / (high - low)) * (1000 - 2 * ROOM)).toFixed(1);
  const parts = (runs: RunValues["baseline"], part: string): Timeline["parts"] =>
    runs.map(({ value }) => ({ x: x(value), width: String(STROKE), part }));
  const said = (name: string, runs: RunValues["baseline"]): string =>
    `${name}: ${runs.map(({ value }) => quantity(value, one.unit)).join(", ")}`;
  return {
    label: `${said(names.accepted, one.baseline)}; ${said(names.judged, one.candidate)}`,
    parts: [...parts(one.baseline, "accepted"), ...parts(one.candidate, "judged")],
    events: "",
  };
}

const MOVED_MOST = 20;

/** A picture for each metric, and the requests that moved most. */
export function itemBlocks(comparison: ComparisonDocument, names: Names): readonly Block[] {
  const { items = [] } = comparison;
  const charts = items.map((one) => itemChart(one, names));
  const [first] = items.filter(({ metric }) => metric === "e2e");
  return [
    ...(charts.length === 0 ? [] : [{ partial: "pair" as const, blocks: charts }]),
    ...(first === undefined ? [] : [movedTable(first, names)]),
  ];
}

function itemChart(
  { metric, unit, count, slower, ratio, pairs }: ItemPairs,
  names: Names,
): ChartBlock {
  const shown = pairs.length === count ? "" : ` ${whole(pairs.length)} of them are drawn.`;
  const caption =
    `${whole(count)} requests that both sides have: ${percent(slower)} slower, median × ${ratio.toFixed(2)}.` +
    `${shown} Above the line: slower in ${names.judged}.`;
  const words = { id: `items-${metric}`, title: `${metric}: request by request`, caption };
  return pairsChart(words, pairs, { ...names, unit, metric });
}

function movedTable({ metric, unit, pairs }: ItemPairs, names: Names): TableBlock {
  const ratio = ({ baseline, candidate }: ItemPair): number => candidate / baseline;
  const most = [...pairs]
    .sort((a, b) => Math.abs(Math.log(ratio(b))) - Math.abs(Math.log(ratio(a))))
    .slice(0, MOVED_MOST);
  const rows = most.map((pair) => [
    numberCell(whole(pair.iteration)),
    numberCell(whole(pair.request)),
    valueCell(pair.baseline, unit),
    valueCell(pair.candidate, unit),
    { ...numberCell(`× ${ratio(pair).toFixed(2)}`), sort: String(ratio(pair)) },
  ]);
  const headings = [
    ...["#iteration", "#request", `#${names.accepted}`, `#${names.judged}`, "#ratio"],
  ];
  const fold = `Requests whose ${metric} moved most (${rows.length})`;
  return table(headings, rows, { fold, sortable: true });
}
