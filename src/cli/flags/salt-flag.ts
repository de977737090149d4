/** `--salt`: the words of an earlier run's prompts. */
import { usageError } from "../../core/errors.ts";
import type { Flags, FlagTable } from "./flags.ts";

export const SALT_FLAG = {
  salt: {
    kind: "text",
    value: "TEXT",
    about: "which words the prompts are made of: give a run's own to repeat it to the letter",
  },
} as const satisfies FlagTable;

/** @throws usage error for what does not stand in a command line as it is */
export function saltFlagOf(flags: Flags): string | undefined {
  const salt = flags.text("salt");
  if (salt === undefined || /^[\w./-]{1,100}$/.test(salt)) return salt;
  throw usageError(
    `--salt: "${salt}" is not a salt`,
    "Give up to 100 letters, digits, dots, slashes and hyphens; a run's own is in its header (run.jsonl).",
  );
}
