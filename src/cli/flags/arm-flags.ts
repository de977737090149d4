/** What `--a` and `--b` say: a target, and the flags of it that differ from the other side's. */
import { usageError } from "../../core/errors.ts";
import { parseFlags, type Flags } from "./flags.ts";
import { TARGET_FLAGS } from "./target-flags.ts";

/**
 * The flags of one side: `embedded --threads 1`, `http://127.0.0.1:8080`,
 * `llama-server --server-bin ./new --server-arg=--flash-attn`, or only flags.
 *
 * @param common flags of the whole command; the side's own go before them
 * @throws usage errors
 */
export function armFlags(side: "a" | "b", common: Flags): Flags {
  const spec = common.text(side);
  if (spec === undefined)
    throw usageError(`ab: --${side} is missing`, 'Say what to measure: --a "TARGET [flags]"');
  const { flags, positionals } = armWords(side, spec);
  const [target, surplus] = positionals;
  if (surplus !== undefined)
    throw usageError(`--${side}: unexpected "${surplus}"`, "One target, then its flags.");
  const own =
    target === undefined ? flags : flags.with(parseFlags(["--target", target], TARGET_FLAGS).flags);
  return common.with(own);
}

/** A side taken apart. @throws usage errors */
export function armWords(
  side: "a" | "b",
  spec: string,
): ReturnType<typeof parseFlags> & { readonly words: readonly string[] } {
  const words = wordsOf(spec, side);
  return { words, ...parseFlags(words, TARGET_FLAGS) };
}

/** Words as a shell splits them: by white space, quotes keep it. */
export function wordsOf(text: string, side: string): readonly string[] {
  const words: string[] = [];
  const pattern = /\s*((?:"[^"]*"|'[^']*'|[^\s"'])+)/gy;
  let end = 0;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    words.push((found[1] ?? "").replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
    end = pattern.lastIndex;
  }
  if (text.slice(end).trim() !== "")
    throw usageError(`--${side}: a quote is not closed in: ${text.slice(end).trim()}`);
  return words;
}
