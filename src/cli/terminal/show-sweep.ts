/** What a person, or the program that called us, gets to see of a sweep: on stdout. */
import { join, relative } from "node:path";
import { usageError } from "../../core/errors.ts";
import type { SweepDocument } from "../../judge/sweep/sweep.ts";
import { renderSweepMarkdown } from "../../report/sweep/sweep-markdown.ts";
import { renderSweepText } from "../../report/sweep/sweep-text.ts";
import type { Call } from "../command.ts";
import type { Flags, FlagTable } from "../flags/flags.ts";
import { wantsColor } from "../world.ts";

const FORMATS = ["text", "json", "markdown"] as const;
type Format = (typeof FORMATS)[number];

export const SWEEP_SHOW_FLAGS = {
  format: {
    kind: "text",
    value: "NAME",
    about: `what to print on stdout: ${FORMATS.join(", ")} (default text)`,
  },
  json: { kind: "switch", about: "the same as --format json" },
  "no-color": { kind: "switch", about: "no colour (NO_COLOR is honoured too)" },
} as const satisfies FlagTable;

/** @throws usage error for a format that there is not */
export function sweepFormat(flags: Flags): Format {
  const wanted = flags.text("format") ?? (flags.on("json") ? "json" : "text");
  const found = FORMATS.find((format) => format === wanted);
  if (found !== undefined) return found;
  throw usageError(`--format: there is no format "${wanted}"`, `There is ${FORMATS.join(", ")}.`);
}

export function showSweep(
  document: SweepDocument,
  { format, out }: { readonly format: Format; readonly out: string },
  { flags, world }: Call,
): void {
  const { stdout, env, cwd } = world;
  if (format === "json") {
    stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  if (format === "markdown") {
    stdout.write(renderSweepMarkdown(document));
    return;
  }
  const color = wantsColor(stdout, env, flags.on("no-color"));
  const page = join(relative(cwd, out) || ".", document.id, "sweep.html");
  stdout.write(`${renderSweepText(document, { color, width: stdout.columns, page })}\n`);
}
