/** `canaries` as written -> plan. */
import { usageError } from "../../core/errors.ts";
import type { ParsedOptions } from "./options-schema.ts";
import { EXPECTED_REPLY, EXPECTED_TEXT, SAME_TEXT, WELL_FORMED, type CanaryPlan } from "../plan.ts";

/**
 * Undefined where replies are not looked at.
 *
 * @throws usage error for canaries that would look at nothing
 */
export function resolveCanaries(written: ParsedOptions["canaries"]): CanaryPlan | undefined {
  if (written === undefined) return undefined;
  const { every, prompts, replies } = written;
  if (prompts.length === 0 && replies.expect === undefined && !replies.wellFormed) {
    throw usageError(
      "options.canaries: they look at nothing",
      'Write "canaries: true", or give prompts, replies.expect or replies.wellFormed.',
    );
  }
  return {
    every,
    prompts: prompts.map(({ prompt, system, maxTokens, expect }) => ({
      prompt,
      maxTokens,
      ...(system !== undefined && { system }),
      ...(expect !== undefined && { expect }),
    })),
    replies: {
      wellFormed: replies.wellFormed,
      ...(replies.expect !== undefined && { expect: replies.expect }),
    },
  };
}

/** Names of the checks that these canaries make. */
export function canaryChecksOf(plan: CanaryPlan | undefined): readonly string[] {
  if (plan === undefined) return [];
  const { prompts, replies } = plan;
  return [
    ...(prompts.length > 0 ? [SAME_TEXT] : []),
    ...(prompts.some(({ expect }) => expect !== undefined) ? [EXPECTED_TEXT] : []),
    ...(replies.expect !== undefined ? [EXPECTED_REPLY] : []),
    ...(replies.wellFormed ? [WELL_FORMED] : []),
  ];
}
