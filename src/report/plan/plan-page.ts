/** The page of `plimsoll plan`: how many replicas, what they cost, and everything it rests on. */
import type { PlanEstimate } from "../../judge/capacity/plan-estimate.ts";
import type { Figure } from "../../judge/capacity/sizing.ts";
import { cell, type Section, type TilesBlock } from "../page/blocks.ts";
import { dollars } from "../text/energy-words.ts";
import { renderPage, type PageFacts } from "../page/page.ts";
import { planAnswer, planLoadRows, planSpendingRows } from "./plan-estimate-text.ts";
import { percent, whole } from "../text/quantity.ts";
import type { ReportAssets } from "../page/report-input.ts";

/** @throws when a template is missing: a bug */
export function renderPlanPage(
  estimate: PlanEstimate,
  { plimsoll, madeAt }: PageFacts,
  assets: ReportAssets,
): string {
  const { basis, warnings } = estimate;
  const id = basis.search?.id ?? "a capacity that was told";
  return renderPage(
    {
      verdict: { title: planAnswer(estimate), tone: "neutral", sign: "" },
      reason: warnings.length === 0 ? "" : warnings.join(" "),
      validity: { text: "", tone: "warn" },
      name: basis.search === undefined ? "plan" : `plan for ${basis.search.scenario}`,
      ...{ id, startedAt: madeAt, plimsoll },
      tiles: tilesOf(estimate),
      sections: sectionsOf(estimate),
      footer: `An estimate from ${id}: as good as its assumptions.`,
    },
    assets,
  );
}

function tilesOf({ replicas, utilization, utilizationLost, spending, wishes }: PlanEstimate) {
  const tile = (
    label: string,
    figure: Figure | undefined,
    words: (value: number) => string,
    href: string,
  ): TilesBlock["tiles"] =>
    figure === undefined
      ? []
      : [
          {
            label,
            href,
            value: words(figure.value),
            unit: "",
            note: ends(figure, words),
            tone: "",
          },
        ];
  return [
    ...tile("Replicas", replicas, whole, "#needs"),
    ...tile("Utilization at the peak", utilization, percent, "#needs"),
    ...(wishes.lost === 0
      ? []
      : tile(`With ${wishes.lost} lost`, utilizationLost, percent, "#needs")),
    ...tile("GPUs a month", spending.gpus?.perMonth, dollars, "#spending"),
    ...tile("A million output tokens", spending.gpus?.perMillionOutputTokens, dollars, "#spending"),
  ];
}

function ends({ low, high }: Figure, words: (value: number) => string): string {
  return low === undefined || high === undefined ? "" : `90 %: ${words(low)} to ${words(high)}`;
}

function sectionsOf(estimate: PlanEstimate): readonly Section[] {
  const spending = planSpendingRows(estimate);
  return [
    rowsSection("needs", "What it needs", planLoadRows(estimate)),
    ...(spending.length === 0 ? [] : [rowsSection("spending", "What it costs", spending)]),
    assumptionsSection(estimate),
  ];
}

function rowsSection(
  id: string,
  title: string,
  rows: readonly (readonly [string, string])[],
): Section {
  const facts = rows.map(([term, text]) => ({ term, cell: cell(text) }));
  const intro = "In brackets the 90 % interval that follows from the capacity's own.";
  return { id, title, intro, blocks: [{ partial: "facts", title: "", facts }] };
}

function assumptionsSection({ assumptions }: PlanEstimate): Section {
  const look = { tone: "neutral", sign: "–", advice: "" } as const;
  const notes = assumptions.map((text) => ({ ...look, text }));
  const blocks = [{ partial: "notes" as const, notes }];
  return { id: "assumptions", title: "Assumptions", intro: "Taken for granted:", blocks };
}
