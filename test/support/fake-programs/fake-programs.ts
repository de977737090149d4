/** Programs of our own on a PATH of their own: real processes instead of the makers' tools. */
import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { scratchFolder } from "../scratch.ts";

export type FakePrograms = Readonly<Record<string, string>>;

/** A script beside this file, run by this Node. */
export function nodeScript(file: string): string {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return `exec "${process.execPath}" "${path}" "$@"`;
}

/** An ssh that runs what it is told to on this machine, and notes its words in $FAKE_SSH_LOG. */
export const localSsh = `
if [ -n "$FAKE_SSH_LOG" ]; then echo "$@" >> "$FAKE_SSH_LOG"; fi
while [ "$1" != "--" ]; do shift; done
shift 2
exec "$@"`;

/**
 * Environment in which these programs are found, each a shell script by its name, and before them
 * nothing else of that name.
 */
export function withPrograms(
  programs: FakePrograms,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const folder = scratchFolder("programs");
  for (const [name, script] of Object.entries(programs)) {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }
  return { PATH: [folder, process.env["PATH"] ?? ""].join(delimiter), ...more };
}
