/** Canary prompts that the candidate answers otherwise than the baseline did. */
import type { CanaryTexts } from "../digest/canary-texts.ts";
import type { RunDigest } from "../digest/digest.ts";
import type { Sides } from "./gather.ts";

/** Characters of a text that a sentence shows. */
const SHOWN = 60;

/**
 * One sentence a prompt. At temperature 0 the same model gives the same text: another one is another
 * model, another quantization, or arithmetic that has gone wrong. Texts that change within a run are
 * the business of its own checks: here a prompt counts when no text of the candidate's runs is one
 * that any run of the baseline gave.
 */
export function changedAnswers({ baseline, candidate }: Sides): readonly string[] {
  const before = byQuestion(baseline);
  return [...byQuestion(candidate)].flatMap(([asked, now]) => {
    const known = before.get(asked);
    if (known === undefined) return [];
    const hashes = new Set(known.flatMap((one) => one.hashes));
    if (now.some((one) => one.hashes.some((hash) => hashes.has(hash)))) return [];
    const [first] = now;
    const [was] = known;
    if (first === undefined || was === undefined) return [];
    return [
      `the canary ${quoted(first.prompt)} is answered with another text: ` +
        `${quoted(first.excerpt)}, where the baseline has ${quoted(was.excerpt)}`,
    ];
  });
}

function byQuestion(runs: readonly RunDigest[]): ReadonlyMap<string, readonly CanaryTexts[]> {
  const texts = new Map<string, CanaryTexts[]>();
  for (const one of runs.flatMap(({ canaries = [] }) => canaries))
    texts.set(one.asked, [...(texts.get(one.asked) ?? []), one]);
  return texts;
}

function quoted(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return JSON.stringify(line.length > SHOWN ? `${line.slice(0, SHOWN - 1)}…` : line);
}
