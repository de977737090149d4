/** `compare.json` of a run directory: what the latest comparison of the run said. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { COMPARISON_SCHEMA, type ComparisonDocument } from "../judge/compare/comparison.ts";

export const COMPARE_FILE = "compare.json";

/** Undefined where there is none, or none that this program reads: reports do without. */
export async function storedComparison(directory: string): Promise<ComparisonDocument | undefined> {
  const text = await readFile(join(directory, COMPARE_FILE), "utf8").catch(() => "");
  try {
    const value = JSON.parse(text) as { readonly schema?: unknown };
    return value.schema === COMPARISON_SCHEMA ? (value as ComparisonDocument) : undefined;
  } catch {
    return undefined;
  }
}
