/** What every benchmark gives back: rows of the same columns. */
export interface BenchTable {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, string | number | undefined>>[];
  /** What to read out of it, and against which aim. */
  readonly notes?: readonly string[];
}
