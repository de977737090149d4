/** A table as people read it. */
import type { BenchTable } from "../table.ts";

export function show({ title, rows, notes = [] }: BenchTable): void {
  console.log(`\n${title}`);
  console.table(rows);
  for (const note of notes) console.log(note);
}
