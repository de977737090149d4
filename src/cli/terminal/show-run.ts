/** What a person, or the program that called us, gets to see of concluded runs: on stdout. */
import { dirname, join, relative } from "node:path";
import { renderJson } from "../../report/export/json.ts";
import { renderTerminal } from "../../report/run/terminal.ts";
import type { Flags } from "../flags/flags.ts";
import { wantsColor, type World } from "../world.ts";
import type { Conclusion } from "../../session/conclusion.ts";

/** Shows one run as soon as it is concluded; nothing when JSON was asked for. */
export function showRun({ summary, directory }: Conclusion, world: World, flags: Flags): void {
  if (flags.on("json")) return;
  const report = join(relative(world.cwd, directory) || ".", "report.html");
  if (summary.target === undefined && summary.verdict.status === "target_failed") {
    // A table of absent numbers helps nobody; the error is enough.
    world.stderr.write(`nothing was measured; the run is kept in ${dirname(report)}\n`);
    return;
  }
  const color = wantsColor(world.stdout, world.env, flags.on("no-color"));
  const width = world.stdout.columns;
  world.stdout.write(`${renderTerminal(summary, { color, width, report })}\n`);
}

export function runJson({ summary }: Conclusion): string {
  return renderJson(summary).trim();
}

/** With `--json`, all documents at once: one object, or an array of several. */
export function showJson(documents: readonly string[], world: World, flags: Flags): void {
  if (!flags.on("json") || documents.length === 0) return;
  const all = documents.join(",\n");
  world.stdout.write(documents.length === 1 ? `${all}\n` : `[${all}]\n`);
}
