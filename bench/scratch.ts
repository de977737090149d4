/** Folders for what benchmarks write: gone when the process ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** @returns a new folder, empty */
export function scratchFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `plimsoll-${name}-`));
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
