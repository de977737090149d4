/** Names of runs: sortable by time, readable, unique. */
import { randomBytes } from "node:crypto";

/**
 * A run's id and directory name, such as `2026-11-21T10-39-12-steady-a1b2`. The time is UTC, so
 * that ids of several machines sort together.
 *
 * @param startedAt ISO 8601
 * @param name the scenario's name; what is unsafe in a file name becomes `-`
 */
export function newRunId(startedAt: string, name: string): string {
  const time = new Date(startedAt).toISOString().slice(0, 19).replaceAll(":", "-");
  const safe = name.replace(/[^A-Za-z0-9_.-]+/g, "-").slice(0, 60);
  return `${time}-${safe === "" ? "run" : safe}-${randomBytes(2).toString("hex")}`;
}
