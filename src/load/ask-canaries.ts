/**
 * Canary requests: the same prompts now and then, at temperature 0, while the traffic goes on. They
 * come from outside of the scenario's virtual users and leave records of their own, so that they
 * enter no metric but `checks`.
 */
import type { Clock } from "../core/clock.ts";
import type { CanaryRecord } from "../core/records.ts";
import type { LlmRequest, Reply } from "../core/request.ts";
import { performRequest, type Endpoint } from "../protocol/perform.ts";
import type { RequestFacts } from "../protocol/request-facts.ts";
import { sha256 } from "../scenario/hash.ts";
import {
  EXPECTED_TEXT,
  SAME_TEXT,
  type CanaryPlan,
  type CanaryPrompt,
  type Deadlines,
} from "../scenario/plan.ts";
import { hasExpected } from "./reply-checks.ts";

export interface CanarySetting {
  readonly plan: CanaryPlan;
  readonly endpointFor: (request: LlmRequest) => Endpoint;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly worker: number;
  readonly record: (line: CanaryRecord) => void;
}

/** Characters of a reply that a record shows. */
const EXCERPT = 300;

/**
 * Asks every prompt once a round, from `start` on, until the signal is aborted. A round that takes
 * longer than the time between two lets the next ones fall out.
 *
 * @throws usage error where the run's API cannot express a prompt
 */
export async function askCanaries(
  setting: CanarySetting,
  start: number,
  signal: AbortSignal,
): Promise<void> {
  const { plan, clock } = setting;
  const first: (string | undefined)[] = [];
  for (let due = start; ; due = nextRound(due, plan.every, clock.now())) {
    await clock.sleepUntil(due, signal);
    for (const [prompt, asked] of plan.prompts.entries()) {
      if (signal.aborted) return;
      first[prompt] = await askOnce(setting, { prompt, asked, first: first[prompt] }, signal);
    }
    if (signal.aborted) return;
  }
}

function nextRound(due: number, every: number, now: number): number {
  return due + every * Math.max(1, Math.ceil((now - due) / every));
}

interface Turn {
  readonly prompt: number;
  readonly asked: CanaryPrompt;
  /** Hash of the prompt's first reply. */
  readonly first: string | undefined;
}

/** Returns the hash of the prompt's first reply, when there has been one. */
async function askOnce(
  { endpointFor, deadlines, clock, worker, record }: CanarySetting,
  { prompt, asked, first }: Turn,
  signal: AbortSignal,
): Promise<string | undefined> {
  const request = canaryRequest(asked);
  const performed = await performRequest(request, endpointFor(request), {
    clock,
    deadlines,
    signal,
  });
  const { facts, reply } = performed;
  const textHash = reply.ok ? sha256(wholeText(reply)) : undefined;
  const differs = textHash !== undefined && textHash !== first;
  record({
    type: "canary",
    prompt,
    worker,
    ...exchangeFacts(facts),
    ...(textHash !== undefined && { textHash }),
    ...(differs && { excerpt: wholeText(reply).slice(0, EXCERPT) }),
    ...(textHash !== undefined && checksOf(asked, reply, { first, textHash })),
  });
  return first ?? textHash;
}

/** The cache is left out of it: a prefix that was cached is computed with other rounding errors. */
function canaryRequest({ prompt, system, maxTokens }: CanaryPrompt): LlmRequest {
  const messages = [
    ...(system === undefined ? [] : [{ role: "system", content: system } as const]),
    { role: "user", content: prompt } as const,
  ];
  return { api: "auto", messages, maxTokens, temperature: 0, seed: 1, cachePrompt: false };
}

function wholeText({ text, reasoning }: Reply): string {
  return reasoning === "" ? text : `${reasoning}\n${text}`;
}

function exchangeFacts(facts: RequestFacts) {
  const { sent, ended, status, outcome, prompt, cached, output } = facts;
  return {
    sent,
    ended,
    ...(status !== undefined && { status }),
    outcome,
    ...(prompt !== undefined && { promptTokens: prompt }),
    ...(cached !== undefined && { cachedTokens: cached }),
    ...(output !== undefined && { outputTokens: output }),
  };
}

/** The first reply has none to be compared with. */
function checksOf(
  { expect }: CanaryPrompt,
  { text }: Reply,
  { first, textHash }: { readonly first: string | undefined; readonly textHash: string },
): Pick<CanaryRecord, "checks"> {
  const checks: Record<string, boolean> = {};
  if (first !== undefined) checks[SAME_TEXT] = first === textHash;
  if (expect !== undefined) checks[EXPECTED_TEXT] = hasExpected(expect, text);
  return Object.keys(checks).length > 0 ? { checks } : {};
}
