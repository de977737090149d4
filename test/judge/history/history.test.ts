import { writeFileSync, appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { historyEntry, isHistoryEntry } from "../../../src/judge/history/entry.ts";
import { historyOf } from "../../../src/judge/history/history.ts";
import { renderHistory } from "../../../src/report/history/history-text.ts";
import { appendHistory, readHistory } from "../../../src/store/history.ts";
import { historyRuns } from "../../support/runs/history-runs.ts";
import { digest, FINGERPRINT } from "../../support/runs/run-digests.ts";
import { scratchFolder } from "../../support/scratch.ts";

describe("the history of a scenario", () => {
  it("finds the night from which it was slower, with commits and environments on both sides", () => {
    const history = historyOf(
      "steady",
      historyRuns(40, (night) => (night < 20 ? 1 : 1.15)),
    );
    const found = history.metrics.find(({ rule }) => rule.id === "tpot p50")!;
    expect(found.changes).toHaveLength(1);
    const [change] = found.changes;
    expect(change).toMatchObject({ last: 19, first: 20, worse: true });
    expect(change!.change).toBeCloseTo(0.15, 1);
    expect(change!.differs).toContain("server.build: b1 → b2");
    const text = renderHistory(history, [], { color: false, width: 300 });
    expect(text).toMatch(
      /tpot p50: 10\.\d ms → 11\.\d ms \(\+1\d\.\d %, .*between 2026-01-20 c19 run-19 and 2026-01-21 c20 run-20: .*server\.build: b1 → b2/,
    );
  });

  it("finds nothing in noise", () => {
    const history = historyOf(
      "steady",
      historyRuns(40, () => 1),
    );
    expect(history.metrics.flatMap(({ changes }) => changes)).toEqual([]);
  });

  it("leaves out invalid runs and other environments, and says how many", () => {
    const other = digest("other", 1, {
      startedAt: "2025-01-01T00:00:00.000Z",
      fingerprint: { ...FINGERPRINT, "host.cpu": "old" },
    });
    const bad = digest("bad", 1, { validity: "invalid", status: "invalid" });
    const { nights: seen, leftOut } = historyOf("steady", [...historyRuns(3, () => 1), other, bad]);
    expect(seen).toHaveLength(3);
    expect(leftOut).toEqual({ otherEnvironment: 1, invalid: 1 });
  });
});

describe("the history file", () => {
  it("is only appended to; a torn line costs that line and no other", async () => {
    const folder = scratchFolder("history");
    await appendHistory(folder, "steady", [historyEntry(digest("r1"))]);
    appendFileSync(join(folder, "history", "steady.jsonl"), '{"schema":"plimsoll.history/1","ru');
    await appendHistory(folder, "steady", [
      historyEntry(digest("r2", 1, { data: { windows: "A", items: "A" } })),
    ]);
    const { entries, damaged } = await readHistory(folder, "steady");
    expect(entries.filter(isHistoryEntry).map(({ run }) => run)).toEqual(["r1", "r2"]);
    expect(JSON.stringify(entries)).not.toContain("windows");
    expect(damaged).toEqual([2]);
    writeFileSync(join(folder, "history", "empty.jsonl"), "");
    expect((await readHistory(folder, "empty")).entries).toEqual([]);
  });
});
