/** Something the reader of a run should know, found before it began; it becomes a warning of it. */
export interface Note {
  readonly code: string;
  readonly message: string;
}
