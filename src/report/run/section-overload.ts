/** What twice the traffic did to the server, and how it came back. */
import { cell, numberCell, table, type Section } from "../page/blocks.ts";
import { overloadTable } from "../text/overload-table.ts";
import { ABSENT } from "../text/quantity.ts";
import type { ReportInput } from "../page/report-input.ts";

/** Undefined without a spike or a doubled peak. */
export function overloadSection({ summary }: ReportInput): Section | undefined {
  const found = overloadTable(summary);
  if (found === undefined) return undefined;
  const { phases, overload, rows, sentences } = found;
  const headings = ["", ...phases.map((name) => `#${name}`), `#${overload} against before`];
  const cells = rows.map(({ name, values, change }) => [
    cell(name, { keep: true }),
    ...values.map((value) => numberCell(value === ABSENT ? undefined : value)),
    change === "" ? cell("", { numeric: true }) : numberCell(change),
  ]);
  return {
    id: "overload",
    title: "Overload and recovery",
    intro: sentences.join(" "),
    blocks: [table(headings, cells, { title: "Phases compared" })],
  };
}
