/** `sweep.html`: the best cell, heat maps, the table of all cells, and how it was measured. */
import { objectives, type ObjectiveName } from "../../judge/sweep/objective.ts";
import { settingText } from "../../judge/sweep/grid.ts";
import { countsOf, isValid, type SweepDocument } from "../../judge/sweep/sweep.ts";
import {
  cell,
  table,
  valueCell,
  type Block,
  type Cell,
  type Section,
  type TilesBlock,
} from "../page/blocks.ts";
import { renderPage } from "../page/page.ts";
import { counted, parts } from "../text/quantity.ts";
import type { ReportAssets } from "../page/report-input.ts";
import { serverName } from "../text/server-name.ts";
import { heatMaps } from "./sweep-heat.ts";
import {
  bestsByLengths,
  bestSentences,
  cellWords,
  figuresOf,
  holdsWhen,
  howMeasured,
  lengthDoubts,
  sweepVerdict,
} from "./sweep-words.ts";
import { gateWords, verdictWords, type VerdictWords } from "../text/verdict-words.ts";

/** @throws when a template is missing: a bug */
export function renderSweepPage(document: SweepDocument, assets: ReportAssets): string {
  const { outcome, scenario, id, startedAt, plimsoll } = document;
  const { invalid } = countsOf(document);
  return renderPage(
    {
      verdict: pageVerdict(document),
      reason: [...bestName(document), outcome.message, ...bestSentences(document)].join(" "),
      validity: {
        text: invalid > 0 ? `${counted(invalid, "cell")} cannot be trusted.` : "",
        tone: "warn",
      },
      name: `sweep of ${scenario}`,
      ...{ id, startedAt, plimsoll },
      tiles: tilesOf(document),
      sections: [...heatSections(document), cellsSection(document), aboutSection(document)],
      footer: `From sweep.json of ${id}; its links lead to the reports of the cells beside it.`,
    },
    assets,
  );
}

/** A setting of many words does not fit in a title on a telephone: the first sentence says it. */
function pageVerdict(document: SweepDocument): VerdictWords {
  const verdict = sweepVerdict(document);
  if (verdict.tone !== "pass") return verdict;
  const { held } = countsOf(document);
  const cells = counted(document.cells.length, "cell");
  return { ...verdict, title: `${held} of ${cells} ${held === 1 ? "holds" : "hold"}` };
}

function bestName(document: SweepDocument): readonly string[] {
  const verdict = sweepVerdict(document);
  return verdict.tone === "pass" ? [`${verdict.title}.`] : [];
}

/** The figures of the best cell. */
function tilesOf(document: SweepDocument): TilesBlock["tiles"] {
  const { outcome, cells } = document;
  const best = outcome.best === undefined ? undefined : cells[outcome.best.cell];
  if (best === undefined) return [];
  return figuresOf(document).flatMap((figure) => {
    const value = figure.of(best);
    if (value === undefined) return [];
    const label = figure.heading.charAt(0).toUpperCase() + figure.heading.slice(1);
    return [{ label, href: "#cells", ...parts(value, figure.unit), note: "best cell", tone: "" }];
  });
}

function heatSections(document: SweepDocument): readonly Section[] {
  const { objective, axes, cells } = document;
  // Embeddings, ranks and tensors have no first token.
  const hasFirst = cells.some(({ runs }) => runs.some(({ ttft }) => ttft !== undefined));
  const wait: ObjectiveName = hasFirst ? "ttft" : "e2e";
  const second: ObjectiveName = objectives[objective].better === "higher" ? wait : "tokens";
  const maps = [objective, second].map((shown) =>
    heatMaps(document, shown, (at) => reportOf(document, at)),
  );
  const [main = [], beside = []] = maps;
  const blocks: readonly Block[] = main.map((map, at) => {
    const other = beside[at];
    return other === undefined ? map : { partial: "pair", blocks: [map, other] };
  });
  if (blocks.length === 0) return [];
  const [down, across] = axes;
  const title = "Heat map";
  const intro = `${down?.key ?? ""} from top to bottom, ${across?.key ?? ""} from left to right. Every value leads to its run.`;
  return [{ id: "heat", title, intro, blocks }];
}

/** The report of a cell's last run; empty while there is none. */
function reportOf({ cells }: SweepDocument, at: number): string {
  const run = cells[at]?.runs.at(-1);
  return run === undefined ? "" : runHref(run.run);
}

function runHref(run: string): string {
  return `cells/${encodeURIComponent(run)}/report.html`;
}

function cellsSection(document: SweepDocument): Section {
  const { axes, cells, outcome } = document;
  const figures = figuresOf(document);
  const headings = [
    ...axes.map(({ key }) => key),
    "verdict",
    ...figures.map(({ heading }) => `#${heading}`),
  ];
  const rows = cells.map((one, at) => {
    const { text, tone } = cellWords(document, at);
    const href = reportOf(document, at);
    const settings = axes.map(({ key }, column) =>
      cell(one.setting[key] ?? "", { keep: true, ...(column === 0 && { href }) }),
    );
    const values = figures.map((figure) =>
      valueCell(figure.of(one), figure.unit, "not measured, or not to be trusted"),
    );
    return {
      lead: outcome.best?.cell === at,
      cells: [...settings, cell(text, { tone }), ...values],
    };
  });
  const all = { ...table(headings, [], { sortable: true }), rows };
  return {
    id: "cells",
    title: "Cells",
    intro: [...bestsByLengths(document), ...lengthDoubts(document)].join(" "),
    blocks: document.repeats > 1 ? [all, runsTable(document)] : [all],
  };
}

function runsTable({ cells }: SweepDocument): Block {
  const rows = cells.flatMap(({ setting, runs }) =>
    runs.map((run): readonly Cell[] => {
      const words = verdictWords[run.status];
      const { title, tone } = isValid(run) ? gateWords.ok : gateWords.invalid;
      return [
        cell(settingText(setting)),
        cell(String(run.repeat + 1), { numeric: true }),
        cell(`${words.sign} ${words.title}`, { tone: words.tone }),
        cell(run.validity === "suspect" ? "suspect" : title, { tone }),
        cell(run.run, { href: runHref(run.run), mono: true }),
      ];
    }),
  );
  return table(["cell", "#repeat", "verdict", "measurement", "run"], rows, { fold: "Every run" });
}

function aboutSection(document: SweepDocument): Section {
  const { scenario, target, axes } = document;
  const facts = [
    { term: "Scenario", cell: cell(scenario) },
    ...(target === undefined ? [] : [{ term: "Target", cell: cell(serverName(target)) }]),
    ...axes.map(({ key, values }) => ({ term: key, cell: cell(values.join(", ")) })),
    { term: "Holds when", cell: cell(holdsWhen(document)) },
    { term: "Measured", cell: cell(howMeasured(document)) },
  ];
  return {
    id: "about",
    title: "How it was measured",
    intro: "",
    blocks: [{ partial: "facts", title: "", facts }],
  };
}
