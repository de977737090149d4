/** What documents in GitHub Markdown are made of. */
import { cutInside, plainText } from "./plain-text.ts";
import { ABSENT } from "./quantity.ts";

export const ICONS = { pass: "✅", warn: "⚠️", fail: "❌", neutral: "⚪" } as const;

/**
 * Text from outside as a code span: no markup, links or mentions work in it. Backticks would end
 * the span and a bar would end a table's cell.
 */
export function code(text: string): string {
  const plain = cutInside(plainText(text), 200).replaceAll("`", "'").replaceAll("|", "\\|");
  return plain === "" ? ABSENT : `\`${plain}\``;
}

/** Our own sentences may quote what servers said: they are shown as text, not as markup. */
export function prose(text: string): string {
  return plainText(text).replace(/[\\`*_[\]<>#|~&@]/g, (character) =>
    character === "@" ? "@\u200b" : `\\${character}`,
  );
}

/** The first column is text, the others are numbers. */
export function tableOf(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = headings.map((_, column) => (column === 0 ? "---" : "---:"));
  return [headings, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
