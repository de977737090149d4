/** Tables of what the server measured of itself, each time beside ours. */
import type { Between, ServerTime } from "../../judge/machine/own-account.ts";
import type { Summary } from "../../judge/summary.ts";
import { cell, numberCell, table, valueCell, type Block, type Cell } from "../page/blocks.ts";
import { percent, whole } from "../text/quantity.ts";
import { batchLine, betweenText, serverTimeLabel } from "../text/server-time-words.ts";

const NO_BUCKETS = "the server keeps no buckets of it";
const NOT_OURS = "the client cannot see it";

export function serverTimesTable({ serverTimes = [] }: Summary): readonly Block[] {
  if (serverTimes.length === 0) return [];
  const headings = [
    ...["the server's", "#count", "#mean", "#p50", "#p95", "#p99"],
    ...["seen here", "#count", "#mean", "#p50", "#p95", "#difference of means"],
  ];
  const caption =
    "By the server's own histograms: means are exact, a percentile lies somewhere in its bucket. The server counts what it did inside the measured windows, we count requests that were sent in them; at the edges these are not the same.";
  return [table(headings, serverTimes.map(timeRow), { title: "By its own account", caption })];
}

function timeRow(time: ServerTime): readonly Cell[] {
  const { title, count, mean, p50, p95, p99, ours, difference } = time;
  return [
    cell(serverTimeLabel(time), { below: title }),
    numberCell(whole(count)),
    valueCell(mean, "ms"),
    ...[p50, p95, p99].map(bucketCell),
    cell(ours?.metric ?? "", { mono: true }),
    ours === undefined ? numberCell(undefined, NOT_OURS) : numberCell(whole(ours.count)),
    ...[ours?.mean, ours?.p50, ours?.p95].map((value) => valueCell(value, "ms", NOT_OURS)),
    valueCell(difference, "ms", NOT_OURS),
  ];
}

function bucketCell(found: Between | undefined): Cell {
  return found === undefined ? numberCell(undefined, NO_BUCKETS) : numberCell(betweenText(found));
}

export function batchSizesTable({ batchSizes }: Summary): readonly Block[] {
  if (batchSizes === undefined) return [];
  const { sizes, executions, inferences } = batchSizes;
  const rows = sizes.map((one) => [
    numberCell(whole(one.size)),
    numberCell(whole(one.executions)),
    numberCell(percent(one.executions / executions)),
    numberCell(percent((one.size * one.executions) / inferences)),
  ]);
  const headings = ["#batch size", "#executions", "#share", "#share of inferences"];
  return [table(headings, rows, { title: "Batches", caption: `${batchLine(batchSizes)}.` })];
}
