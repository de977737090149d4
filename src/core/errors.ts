/**
 * One error type for everything that is not a bug: it says what happened, what to do next, and
 * which exit code the command ends with. It is caught once, in cli/.
 */

/** Exit codes of every command. CI tells *slower* from *broken* from *don't know* by them. */
export const exitCodes = {
  passed: 0,
  /** A threshold failed, an SLA was violated, or a regression was found. */
  failed: 1,
  /** Wrong usage, a bad scenario, or a file that cannot be read. */
  usage: 2,
  inconclusive: 3,
  notComparable: 4,
  /** The measurement cannot be trusted: the client was the bottleneck, or the machine interfered. */
  invalid: 5,
  /** The target did not start, died, or never became ready. */
  targetFailed: 6,
  bug: 70,
  /** The disk is full, or not ours to write to; what was measured until then is kept. */
  cannotWrite: 74,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export class PlimsollError extends Error {
  override readonly name = "PlimsollError";
  readonly exitCode: ExitCode;
  /** What the reader can do next; one or a few lines. */
  readonly hint: string | undefined;

  constructor(exitCode: ExitCode, message: string, hint?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** Bad flags, scenarios or files: nothing was started. Exit code 2. */
export function usageError(message: string, hint?: string, cause?: unknown): PlimsollError {
  return new PlimsollError(exitCodes.usage, message, hint, cause);
}

/** The server under test failed us. Exit code 6. */
export function targetError(message: string, hint?: string, cause?: unknown): PlimsollError {
  return new PlimsollError(exitCodes.targetFailed, message, hint, cause);
}

/** Something could not be written, through no fault of the command line. Exit code 74. */
export function writeError(message: string, hint?: string, cause?: unknown): PlimsollError {
  return new PlimsollError(exitCodes.cannotWrite, message, hint, cause);
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
