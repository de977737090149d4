/**
 * The history of a scenario: `baselines/history/SCENARIO.jsonl`, one line a run, only ever appended
 * to, until it is pruned on purpose. A line that was torn by a full disk or a kill costs that line.
 */
import { appendFile, mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, writeError } from "../core/errors.ts";
import { writeFileAtomically } from "./write-file.ts";

const ENDING = ".jsonl";

function historyPath(folder: string, scenario: string): string {
  const safe = scenario.replace(/[^A-Za-z0-9_.-]+/g, "-");
  return join(folder, "history", `${safe}${ENDING}`);
}

/** Scenarios that have a history, sorted. */
export async function historyNames(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, "history")).catch(() => []);
  return names.filter((name) => name.endsWith(ENDING)).map((name) => name.slice(0, -ENDING.length));
}

export interface StoredHistory {
  /** In the order they were written. */
  readonly entries: readonly unknown[];
  /** Numbers of the lines that could not be read. */
  readonly damaged: readonly number[];
}

export async function readHistory(folder: string, scenario: string): Promise<StoredHistory> {
  const text = await readFile(historyPath(folder, scenario), "utf8").catch(() => "");
  const entries: unknown[] = [];
  const damaged: number[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line === "") continue;
    try {
      entries.push(JSON.parse(line));
    } catch {
      damaged.push(i + 1);
    }
  }
  return { entries, damaged };
}

export async function appendHistory(
  folder: string,
  scenario: string,
  entries: readonly object[],
): Promise<void> {
  if (entries.length === 0) return;
  const path = historyPath(folder, scenario);
  try {
    await mkdir(dirname(path), { recursive: true });
    const before = await readFile(path, "utf8").catch(() => "");
    const gap = before === "" || before.endsWith("\n") ? "" : "\n";
    const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
    await appendFile(path, `${gap}${lines}`);
  } catch (error) {
    const hint = "the runs can be added later: plimsoll compare, or plimsoll baseline save";
    throw writeError(`cannot write ${path}: ${messageOf(error)}`, hint, error);
  }
}

/** Replaces all entries: for retention. */
export async function rewriteHistory(
  folder: string,
  scenario: string,
  entries: readonly object[],
): Promise<void> {
  const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
  await writeFileAtomically(historyPath(folder, scenario), text);
}
