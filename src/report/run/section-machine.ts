/** What the machines did while the requests ran, what it took, and on what all of it was. */
import type { Section } from "../page/blocks.ts";
import { costLine, energyLine } from "../text/energy-words.ts";
import { machineCharts } from "./machine-charts.ts";
import {
  energyFacts,
  fingerprintTable,
  gpuTable,
  serverFacts,
  sourcesTable,
} from "./machine-tables.ts";
import type { ReportInput } from "../page/report-input.ts";
import { batchSizesTable, serverTimesTable } from "./server-time-tables.ts";
import { sentence } from "../text/verdict-words.ts";

/** Undefined where nothing was sampled. */
export function machineSection({ summary, series }: ReportInput): Section | undefined {
  const { usage } = summary;
  const facts = [...energyFacts(usage), ...serverFacts(usage)];
  const blocks = [
    ...gpuTable(usage),
    ...(facts.length === 0 ? [] : [{ partial: "pair" as const, blocks: facts }]),
    ...serverTimesTable(summary),
    ...batchSizesTable(summary),
    ...machineCharts(series),
    ...sourcesTable(summary),
    ...fingerprintTable(summary),
  ];
  if (blocks.length === 0) return undefined;
  const words = [energyLine(usage), costLine(usage)].flatMap((line) =>
    line === undefined ? [] : [sentence(line)],
  );
  return { id: "machine", title: "The machines", intro: words.join(" "), blocks };
}
