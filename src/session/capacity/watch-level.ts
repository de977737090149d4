/**
 * Looks on while a level is measured, and says when the queue grows without end. Stands where the
 * progress of a run stands, since that is where its lines are seen.
 */
import type { RunLine } from "../../core/records.ts";
import type { LevelReader } from "../../judge/capacity/level-reader.ts";
import type { Progress } from "../run/progress.ts";

/** @param onSaturated called once, when the queue grows without end */
export function watchLevel(reader: LevelReader, onSaturated: () => void): Progress {
  const ignore = (): void => undefined;
  return {
    ...{ shown: false, begin: ignore, say: ignore, tell: ignore, traffic: ignore, end: ignore },
    lines: (lines: readonly RunLine[]) => {
      const before = reader.saturated;
      for (const line of lines) reader.add(line);
      if (reader.saturated && !before) onSaturated();
    },
  };
}
