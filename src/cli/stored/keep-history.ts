/** Every run that is judged or promoted enters its scenario's history once, whatever came of it. */
import { isHistoryEntry, historyEntry } from "../../judge/history/entry.ts";
import type { RunDigest } from "../../judge/digest/digest.ts";
import { appendHistory, readHistory } from "../../store/history.ts";

export async function keepInHistory(folder: string, runs: readonly RunDigest[]): Promise<void> {
  for (const scenario of new Set(runs.map((run) => run.scenario))) {
    const { entries } = await readHistory(folder, scenario);
    const known = new Set(entries.filter(isHistoryEntry).map(({ run }) => run));
    const fresh = runs.filter((one) => one.scenario === scenario && !known.has(one.run));
    await appendHistory(folder, scenario, fresh.map(historyEntry));
  }
}
