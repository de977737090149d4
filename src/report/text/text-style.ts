/** Lines for terminals: wrapped to their width, and coloured where that is wanted. */
import { plainText, wrapped } from "./plain-text.ts";
import type { Tone } from "./verdict-words.ts";

export interface TextStyleOptions {
  readonly color: boolean;
  /** Columns; 80 unless the terminal says otherwise. */
  readonly width?: number;
}

/** What a line is made with: width, and colours that are no-ops without colour. */
export interface TextStyle {
  readonly width: number;
  readonly tone: (tone: Tone, text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

const SGR: Readonly<Record<Tone | "bold" | "dim", number>> = {
  pass: 32,
  warn: 33,
  fail: 31,
  neutral: 36,
  bold: 1,
  dim: 2,
};

export function textStyleOf({ color, width = 80 }: TextStyleOptions): TextStyle {
  const paint = (style: Tone | "bold" | "dim", text: string): string =>
    color && text !== "" ? `\u001b[${SGR[style]}m${text}\u001b[0m` : text;
  return {
    width: Math.max(40, width),
    tone: paint,
    bold: (text) => paint("bold", text),
    dim: (text) => paint("dim", text),
  };
}

/** Wrapped text whose first line starts with `head` and whose others are indented to it. */
export function hanging(
  style: TextStyle,
  head: string,
  text: string,
  indent: number,
): readonly string[] {
  const [first = "", ...rest] = wrapped(plainText(text), style.width - indent);
  return [`${head}${first}`, ...rest.map((line) => " ".repeat(indent) + line)];
}
