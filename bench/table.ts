/** What every benchmark gives back. */
export type BenchRow = Readonly<Record<string, string | number | undefined>>;

export interface BenchTable {
  readonly title: string;
  /** All with the same columns. */
  readonly rows: readonly BenchRow[];
  /** What to read out of it, and against which aim. */
  readonly notes?: readonly string[];
}
