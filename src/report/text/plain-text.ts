/** Text for terminals: what servers and files contain must not steer the reader's terminal. */
import { STEERING } from "../../core/terminal-text.ts";

/** New lines and tabs too: they have no place within a line. */
const NOT_IN_LINE = new RegExp(`(?:${STEERING}|[\\t\\n])+`, "g");

/** One line without control characters. */
export function plainText(text: string): string {
  return text.replace(NOT_IN_LINE, " ").trim();
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/u;

/** Terminal columns of one grapheme: two for CJK and emoji (a short form of Unicode TR 11). */
function columnsOf(grapheme: string): number {
  return WIDE.test(grapheme) ? 2 : 1;
}

/** Terminal columns that a text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += columnsOf(segment);
  return width;
}

/** At most `width` columns, with an ellipsis where something was cut off. */
export function shortened(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += columnsOf(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** As `shortened`, but cut in the middle: what comes last in a message is most often the reason. */
export function cutInside(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const backwards = [...graphemes.segment(text)].map(({ segment }) => segment).reverse();
  const half = Math.floor(width / 2);
  let end = "";
  let used = 0;
  for (const segment of backwards) {
    used += columnsOf(segment);
    if (used > half) break;
    end = segment + end;
  }
  return shortened(text, width - textWidth(end)) + end.trimStart();
}

/** Between a number and its unit, where no line may end. */
const UNIT_GAP = /(?<=\d[hm]?) (?=(?:µs|ms|s|%|\d\ds|tokens|requests)\b|%)/g;

/** Greedy line breaking at spaces; words longer than the width (paths) keep a line of their own. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  const bound = text.replace(UNIT_GAP, "\u00a0");
  for (const word of bound.split(" ").filter((part) => part !== "")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].filter((one) => one !== "").map((one) => one.replaceAll("\u00a0", " "));
}

/** Columns aligned by their widest cell; the first is text, the others are numbers. */
export function aligned(rows: readonly (readonly string[])[], gap = 2): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, textWidth(cell));
    });
  }
  const cellOf = (cell: string, column: number): string => {
    const fill = " ".repeat((widths[column] ?? 0) - textWidth(cell));
    return column === 0 ? cell + fill : fill + cell;
  };
  return rows.map((row) => row.map(cellOf).join(" ".repeat(gap)).trimEnd());
}
