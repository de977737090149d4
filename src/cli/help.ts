/** The help of one command. */
import type { Command } from "./command.ts";
import { helpOf } from "./flags/flags.ts";

export function commandHelp({ usage, about, flags, examples }: Command): string {
  const sections = [`Usage: plimsoll ${usage}`, about];
  if (Object.keys(flags).length > 0) sections.push(`Flags:\n${helpOf(flags)}`);
  if (examples !== undefined) {
    sections.push(`Examples:\n${examples.map((line) => `  ${line}`).join("\n")}`);
  }
  return sections.join("\n\n");
}
