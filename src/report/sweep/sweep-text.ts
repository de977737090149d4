/** A sweep for a terminal: the best cell first, then all of them. */
import type { SweepDocument } from "../../judge/sweep/sweep.ts";
import { hanging, textStyleOf, type TextStyle, type TextStyleOptions } from "../text/text-style.ts";
import { aligned, cutInside, plainText } from "../text/plain-text.ts";
import { ABSENT } from "../text/quantity.ts";
import { serverName } from "../text/server-name.ts";
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

export interface SweepTextOptions extends TextStyleOptions {
  /** Where its page lies. */
  readonly page: string;
}

export function renderSweepText(document: SweepDocument, options: SweepTextOptions): string {
  const style = textStyleOf(options);
  return [
    ...answer(style, document),
    ...about(style, document),
    ...tableLines(style, document),
    "",
    ...hanging(style, `  ${"Page".padEnd(11)}`, options.page, 13),
    "",
  ].join("\n");
}

function answer(style: TextStyle, document: SweepDocument): readonly string[] {
  const { sign, title, tone } = sweepVerdict(document);
  const { outcome } = document;
  const notes = [
    outcome.message,
    ...bestSentences(document),
    ...bestsByLengths(document),
    ...lengthDoubts(document),
  ];
  return [
    "",
    style.tone(tone, style.bold(`${sign} ${plainText(title)}`)),
    ...notes.flatMap((note) => hanging(style, "  ", note, 2)),
  ];
}

function about(style: TextStyle, document: SweepDocument): readonly string[] {
  const { scenario, target } = document;
  const rows: readonly (readonly [string, string])[] = [
    ["Scenario", scenario],
    ...(target === undefined ? [] : [["Target", serverName(target)] as const]),
    ["Holds when", holdsWhen(document)],
    ["Measured", howMeasured(document)],
  ];
  return ["", ...rows.flatMap(([name, text]) => hanging(style, `  ${name.padEnd(11)}`, text, 13))];
}

const LONGEST_WHY = 60;

function tableLines(style: TextStyle, document: SweepDocument): readonly string[] {
  const { axes, cells, outcome } = document;
  const figures = figuresOf(document);
  const head = [...axes.map(({ key }) => key), ...figures.map(({ heading }) => heading)];
  const rows = cells.map((cell) => [
    ...axes.map(({ key }) => plainText(cell.setting[key] ?? "")),
    ...figures.map((figure) => {
      const value = figure.of(cell);
      return value === undefined ? ABSENT : figureText(figure, value);
    }),
  ]);
  const [first = "", ...lines] = aligned([head, ...rows]);
  return [
    "",
    style.dim(`  ${first}`),
    ...lines.map((line, at) => {
      const { text, tone } = cellWords(document, at);
      const shown = `${line}  ${style.tone(tone, cutInside(plainText(text), LONGEST_WHY))}`;
      return `  ${outcome.best?.cell === at ? style.bold(shown) : shown}`;
    }),
  ];
}
