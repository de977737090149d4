/** A server's command line as far as it decides what is measured. */

/** Flags that say where things are or who may ask, not how the server works; all take a value. */
const ELSEWHERE = new Set([
  ...["-m", "--model", "--host", "--port", "-a", "--alias", "--timeout", "-to"],
  ...["--api-key", "--api-key-env", "--api-key-file", "--ssl-key-file", "--ssl-cert-file"],
  ...["--log-file", "--slot-save-path", "--path", "--models-dir", "--media-path"],
]);

/**
 * The flags in a stable order and without ports, keys and folders: `-b 2048 -c 8192 --metrics`.
 * Undefined without a command line, or where it has no flags.
 *
 * @param command program, arguments
 */
export function normalisedFlags(command: readonly string[] | undefined): string | undefined {
  if (command === undefined) return undefined;
  // A server that is a script is started by an interpreter with flags of its own.
  const script = command.findLastIndex((word) => /\bentry\.[cm]?[jt]s$/.test(word));
  const kept = flagsOf(command.slice(Math.max(script, 0) + 1)).filter(
    ([flag = ""]) => !ELSEWHERE.has(flag),
  );
  const texts = kept.map((words) => words.map(withoutFolder).join(" ")).sort();
  return texts.length === 0 ? undefined : texts.join(" ");
}

/** Each flag with the values that follow it; `--flag=value` is taken apart. */
function flagsOf(words: readonly string[]): readonly (readonly string[])[] {
  const flags: string[][] = [];
  for (const word of words) {
    if (!isFlag(word)) flags.at(-1)?.push(word);
    else flags.push(/^--[^=]+=/.test(word) ? word.split(/=(.*)/s).slice(0, 2) : [word]);
  }
  return flags;
}

/** `-1` is a value. */
function isFlag(word: string): boolean {
  return /^-{1,2}[a-zA-Z]/.test(word);
}

function withoutFolder(word: string): string {
  return /^(\/|[a-zA-Z]:\\|\.{1,2}\/)/.test(word) ? (word.split(/[/\\]/).at(-1) ?? word) : word;
}
