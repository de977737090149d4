import type { Secrets } from "../core/secrets.ts";

/**
 * What a measurement needs of the process it runs in. Nothing here prints, parses a command line or
 * ends the program: that is the cli's.
 */
export interface Runtime {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Where models, servers and calibrations are kept between runs. */
  readonly cacheDir: string;
  /** Our own process. */
  readonly pid: number;
  readonly node: string;
  readonly nodeVersion: string;
  /** Node flags with which our own entry files run: none compiled, a loader from source. */
  readonly nodeArgs: readonly string[];
  /** Folder of src/ or dist/. */
  readonly programDir: string;
  /** Folder of the package: scenarios/, templates/, package.json. */
  readonly packageDir: string;
  /** What must not be shown or written: a run and the outputs leave it out by themselves. */
  readonly secrets: Secrets;
  /** Passes on what a scenario prints: it is no result. */
  print(text: string): void;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}
