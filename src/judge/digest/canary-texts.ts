/** What the canary prompts of a run were answered with: what a later run's answers are held against. */
import { canonicalJson } from "../../scenario/hash.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { Summary } from "../summary.ts";

export interface CanaryTexts {
  /** Everything that was asked: only answers to the same question can be compared. */
  readonly asked: string;
  readonly prompt: string;
  /** SHA-256 of the different texts, in order of first appearance. */
  readonly hashes: readonly string[];
  /** The beginning of the first one. */
  readonly excerpt: string;
}

/** Undefined where no canary prompt was answered. */
export function canaryTexts(
  { canaries = [] }: Summary,
  plan: Plan,
): readonly CanaryTexts[] | undefined {
  const all = canaries.flatMap(({ prompt: ordinal, texts }) => {
    const canary = plan.canaries?.prompts[ordinal];
    const [first] = texts;
    if (canary === undefined || first === undefined) return [];
    const { prompt, system, maxTokens } = canary;
    const asked = canonicalJson({ prompt, system, maxTokens });
    return [{ asked, prompt, hashes: texts.map(({ hash }) => hash), excerpt: first.excerpt }];
  });
  return all.length === 0 ? undefined : all;
}
