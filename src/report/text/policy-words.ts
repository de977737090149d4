/** What a server that turns requests away does, in words. */
import type { Policy } from "../../judge/capacity/capacity.ts";
import type { RetryAfter } from "../../judge/capacity/admission.ts";
import { limitText, percent, quantity, whole } from "./quantity.ts";

/** Of the requests that came first after an announced time, so many must be let in to call it kept. */
const KEPT = 0.95;

export function policySentences(policy: Policy | undefined): readonly string[] {
  if (policy === undefined) return [];
  const { admittedPerSecond, admission } = policy;
  const limit = `The server turns requests away: this is the limit of a policy, not of the machine. It admits ${quantity(admittedPerSecond, "1/s")}.`;
  if (admission === undefined) return [limit];
  const { asked, refused, evenness, longestShut, retryAfter } = admission;
  return [
    limit,
    `Where most were turned away (${whole(refused)} of ${whole(asked)}): evenness over time ${evenness.toFixed(2)} (Jain's index over seconds, 1 is even); for ${quantity(longestShut, "ms")} at the longest nobody was let in.`,
    retryAfterSentence(retryAfter, 1 - refused / asked),
  ];
}

function retryAfterSentence(told: RetryAfter | undefined, share: number): string {
  if (told === undefined) return "Refusals announce no Retry-After in seconds: clients must guess.";
  const { median, tried, admitted } = told;
  const head = `Retry-After announces ${limitText(median, "ms")}`;
  if (tried === 0) return `${head}; no request came after that time to try it.`;
  const kept = admitted / tried;
  const words = `of ${whole(tried)} requests that came first after it, ${percent(kept)} were let in (of all ${percent(share)})`;
  return kept >= KEPT
    ? `${head}, and keeps it: ${words}.`
    : `${head}, but does not keep it under this load: ${words}.`;
}
