/** `reports/index.html`: the page of all runs in a folder. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SUMMARY_SCHEMA, type Summary } from "../../judge/summary.ts";
import { renderIndex, type IndexEntry } from "../../report/page/index-page.ts";
import { listRuns } from "../../store/list-runs.ts";
import { writeFileAtomically } from "../../store/write-file.ts";
import type { World } from "../world.ts";
import { reportAssets } from "./report-assets.ts";

/** @returns the file, and how many runs are on it */
export async function indexRuns(
  root: string,
  world: World,
): Promise<{ readonly file: string; readonly runs: number }> {
  const entries: IndexEntry[] = [];
  for (const { id, directory, header } of await listRuns(root)) {
    const summary = await summaryIn(directory);
    const name = summary?.run.name ?? planName(header.plan) ?? id;
    const hasReport = existsSync(join(directory, "report.html"));
    const { startedAt } = header;
    entries.push({ id, name, startedAt, hasReport, ...(summary && { summary }) });
  }
  const file = join(root, "index.html");
  await writeFileAtomically(file, renderIndex(entries, reportAssets(world)));
  return { file, runs: entries.length };
}

/** Undefined when the run was never judged, or by a version with another schema. */
async function summaryIn(directory: string): Promise<Summary | undefined> {
  try {
    const text = await readFile(join(directory, "summary.json"), "utf8");
    const value = JSON.parse(text) as Omit<Summary, "schema"> & { readonly schema: string };
    return value.schema === SUMMARY_SCHEMA ? { ...value, schema: SUMMARY_SCHEMA } : undefined;
  } catch {
    return undefined; // cut short while it was written, or never judged
  }
}

function planName(plan: unknown): string | undefined {
  const named = typeof plan === "object" && plan !== null && "name" in plan ? plan.name : undefined;
  return typeof named === "string" ? named : undefined;
}
