/** A sweep as GitHub Markdown: for a pull request, or a CI job's summary page. */
import type { SweepDocument } from "../../judge/sweep/sweep.ts";
import { code, ICONS, prose, tableOf } from "../text/markdown-parts.ts";
import { ABSENT } from "../text/quantity.ts";
import {
  bestsByLengths,
  bestSentences,
  cellWords,
  figureText,
  figuresOf,
  holdsWhen,
  howMeasured,
  lengthDoubts,
  sweepVerdict,
} from "./sweep-words.ts";

/** With a newline at the end. */
export function renderSweepMarkdown(document: SweepDocument): string {
  const { title, tone } = sweepVerdict(document);
  const { axes, cells, outcome, scenario, id } = document;
  const figures = figuresOf(document);
  const headings = [
    ...axes.map(({ key }) => code(key)),
    ...figures.map(({ heading }) => heading),
    "verdict",
  ];
  const rows = cells.map((cell, at) => {
    const bold = (text: string): string => (outcome.best?.cell === at ? `**${text}**` : text);
    return [
      ...axes.map(({ key }) => bold(code(cell.setting[key] ?? ""))),
      ...figures.map((figure) => {
        const value = figure.of(cell);
        return bold(value === undefined ? ABSENT : figureText(figure, value));
      }),
      bold(prose(cellWords(document, at).text)),
    ];
  });
  const parts = [
    `### ${ICONS[tone]} ${prose(title)} (${code(scenario)})`,
    [
      outcome.message,
      ...bestSentences(document),
      ...bestsByLengths(document),
      ...lengthDoubts(document),
    ]
      .map(prose)
      .join(" "),
    tableOf(headings, rows),
    `<sub>${prose(`Holds when ${holdsWhen(document)}. Measured: ${howMeasured(document)}.`)} Sweep ${code(id)}</sub>`,
  ];
  return `${parts.join("\n\n")}\n`;
}
