/** `capacity.html`: the answer, the curves against the load, every level, and what held meant. */
import type { CapacityDocument } from "../../judge/capacity/capacity.ts";
import type { Level } from "../../judge/capacity/level.ts";
import {
  cell,
  numberCell,
  table,
  valueCell,
  type Cell,
  type Section,
  type TilesBlock,
} from "../page/blocks.ts";
import { capacityCharts } from "./capacity-charts.ts";
import {
  capacityAnswer,
  capacityFacts,
  capacityTone,
  levelVerdict,
  loadText,
} from "./capacity-text.ts";
import { renderPage } from "../page/page.ts";
import { parts, percent, whole } from "../text/quantity.ts";
import type { ReportAssets } from "../page/report-input.ts";

/** @throws when a template is missing: a bug */
export function renderCapacityPage(document: CapacityDocument, assets: ReportAssets): string {
  const { scenario, id, startedAt, plimsoll } = document;
  const { head, notes } = capacityAnswer(document);
  const [sign, tone] = capacityTone(document);
  const charts = capacityCharts(document);
  return renderPage(
    {
      verdict: { title: head, tone, sign },
      reason: notes.join(" "),
      validity: { text: "", tone: "neutral" },
      name: `capacity of ${scenario}`,
      ...{ id, startedAt, plimsoll },
      tiles: tilesOf(document),
      sections: [
        ...(charts.length === 0
          ? []
          : [{ id: "curves", title: "Against the load", intro: "", blocks: charts }]),
        levelsSection(document),
        aboutSection(document),
      ],
      footer: `From capacity.json of ${id}; every level is a run of its own in the folder levels beside it.`,
    },
    assets,
  );
}

function tilesOf({ outcome, by }: CapacityDocument): TilesBlock["tiles"] {
  const unit = by === "rate" ? "1/s" : "";
  const { estimate, knee, bestGoodput, bestTokensPerSecond } = outcome;
  const interval =
    estimate && `90 %: ${loadText(by, estimate.low)} to ${loadText(by, estimate.high)}`;
  const tile = (label: string, value: number | undefined, of: string, note = "") =>
    value === undefined
      ? []
      : [{ label, href: "#levels", ...parts(value, of), note, tone: "" as const }];
  return [
    ...tile("Capacity", estimate?.capacity, unit, interval),
    ...tile("Knee", knee, unit, "best throughput for its latency"),
    ...tile("Best goodput", bestGoodput, "1/s", "at any level"),
    ...tile("Most tokens", bestTokensPerSecond, "tokens/s", "whatever the SLO"),
  ];
}

function levelsSection({ levels, by }: CapacityDocument): Section {
  const shown = columnsOf(by).filter(({ has }) => has === undefined || levels.some(has));
  const headings = shown.map(({ heading }) => heading);
  const rows = [...levels]
    .sort((a, b) => a.load - b.load)
    .map((level) => shown.map(({ cellOf }) => cellOf(level)));
  const intro = levels.length === 0 ? "No level was measured." : "";
  const blocks = levels.length === 0 ? [] : [table(headings, rows, { sortable: true })];
  return { id: "levels", title: "Levels", intro, blocks };
}

interface LevelColumn {
  readonly heading: string;
  readonly cellOf: (level: Level) => Cell;
  /** Whether a level has something to show; the column is left out where none has. */
  readonly has?: (level: Level) => boolean;
}

function columnsOf(by: CapacityDocument["by"]): readonly LevelColumn[] {
  const figure = (
    heading: string,
    unit: string,
    of: (level: Level) => number | undefined,
  ): LevelColumn => ({
    heading: `#${heading}`,
    cellOf: (level) => valueCell(of(level), unit),
    has: (level) => of(level) !== undefined,
  });
  return [
    {
      heading: "#load",
      cellOf: ({ load }) => ({ ...numberCell(loadText(by, load)), sort: String(load) }),
    },
    { heading: "verdict", cellOf: verdictCell },
    { heading: "#good", cellOf: goodCell },
    figure("throughput", "1/s", ({ throughput }) => throughput),
    figure("goodput", "1/s", ({ goodput }) => goodput),
    figure("tokens/s", "tokens/s", ({ tokensPerSecond }) => tokensPerSecond),
    figure("TTFT p95", "ms", ({ ttft }) => ttft),
    figure("TPOT p95", "ms", ({ tpot }) => tpot),
    figure("E2E p95", "ms", ({ e2e }) => e2e),
    figure("failed", "ratio", ({ failedShare }) => failedShare),
    figure("power", "W", ({ power }) => power),
    figure("warm-up", "ms", ({ warmup }) => warmup),
    {
      ...figure("steady after", "ms", ({ settled }) => settled),
      has: ({ settled = 0 }) => settled > 0,
    },
    { heading: "run", cellOf: ({ run }) => cell(run, { mono: true }) },
  ];
}

function verdictCell(level: Level): Cell {
  const { held, valid } = level;
  return cell(levelVerdict(level), { tone: !valid ? "warn" : held ? "pass" : "fail" });
}

function goodCell({ requests, good }: Level): Cell {
  const share = requests === 0 ? undefined : `${percent(good / requests)} of ${whole(requests)}`;
  return numberCell(share, "no request was judged");
}

function aboutSection(document: CapacityDocument): Section {
  const facts = capacityFacts(document).map(([term, text]) => ({ term, cell: cell(text) }));
  return {
    id: "about",
    title: "What was searched",
    intro: "",
    blocks: [{ partial: "facts", title: "", facts }],
  };
}
