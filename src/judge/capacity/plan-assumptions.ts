/** What an estimate takes for granted, and what speaks against it: sentences for people. */
import { significant } from "../../core/units.ts";
import type { CapacityBasis, PlanWishes } from "./plan-basis.ts";
import type { Sizing } from "./sizing.ts";

export function assumptionsOf(basis: CapacityBasis, wishes: PlanWishes): readonly string[] {
  return [...aboutCapacity(basis), ...aboutLoad(basis, wishes), ...aboutMoney(basis, wishes)];
}

function aboutCapacity({ capacity, search, by }: CapacityBasis): readonly string[] {
  const unit = by === "rate" ? "requests per second" : "users at once";
  const known =
    search === undefined
      ? `A replica carries ${amount(capacity.value)} ${unit}: told, not measured; its uncertainty is unknown.`
      : `A replica is what ${search.id} measured${search.target === undefined ? "" : ` (${search.target})`}, with the work of the scenario ${search.scenario}.`;
  return [
    known,
    "Replicas share the load evenly and do not slow each other: their capacities add up.",
    ...(by === "rate" && search !== undefined
      ? ["An iteration of the scenario is one request."]
      : []),
    ...(capacity.low === undefined && capacity.high === undefined
      ? []
      : ["The intervals are the capacity's own; growth, margin, prices and the mix are as told."]),
  ];
}

function aboutLoad(
  { by, requestRate }: CapacityBasis,
  { growth, margin, lost, horizon, meanLoad }: PlanWishes,
): readonly string[] {
  const until = horizon === undefined ? "" : ` (${horizon})`;
  return [
    `The peak grows by ${share(growth)} until the horizon${until}; ${share(margin)} on top is kept free.`,
    lost === 0
      ? "No replica is ever lost: there is no spare one."
      : `${lost} of the replicas may be lost at once, with the margin still kept.`,
    `On average the load is ${share(meanLoad)} of the grown peak, and the fleet stands all the time: a fleet that follows the load costs less.`,
    ...(by === "concurrency" && requestRate !== undefined
      ? ["Users make as many requests each as at the highest level that held."]
      : []),
  ];
}

function aboutMoney({ power, outputTokens }: CapacityBasis, wishes: PlanWishes): readonly string[] {
  const { gpuHourPrice, hours, pue } = wishes;
  const [watts, how] =
    wishes.power === undefined ? [power?.watts, power?.of ?? ""] : [wishes.power, "told"];
  if (gpuHourPrice === undefined && watts === undefined) return [];
  return [
    `A month has ${amount(hours)} hours.`,
    ...rentWords(wishes),
    ...(watts === undefined
      ? []
      : [
          `A replica draws ${amount(watts)} W at any load (${how}), PUE ${pue}; idle ones draw less.`,
        ]),
    ...(gpuHourPrice !== undefined && watts !== undefined
      ? ["Rent and energy are not added up: rented GPUs mostly come with their power."]
      : []),
    ...mixWords(wishes, outputTokens),
  ];
}

function rentWords({ gpuHourPrice, gpusPerReplica }: PlanWishes): readonly string[] {
  if (gpuHourPrice === undefined) return [];
  const gpus = gpusPerReplica === 1 ? "1 GPU" : `${gpusPerReplica} GPUs`;
  return [`A replica has ${gpus} at $${gpuHourPrice} an hour.`];
}

function mixWords(
  { outputTokens, inputTokens }: PlanWishes,
  measured: number | undefined,
): readonly string[] {
  const output = outputTokens ?? measured;
  if (output === undefined) return [];
  const how = outputTokens === undefined ? "as measured" : "as told";
  const prompt = inputTokens === undefined ? "" : ` and ${amount(inputTokens)} of prompt`;
  return [`A request has ${amount(output)} output tokens (${how})${prompt}.`];
}

export function warningsOf(basis: CapacityBasis, sizing: Sizing): readonly string[] {
  const { search, admittedPerSecond, capacity } = basis;
  const { needed, utilizationLost, replicas } = sizing;
  const bare = (utilizationLost.high ?? utilizationLost.value) > 1;
  return [
    ...(search === undefined || search.end === "found" ? [] : [endWords(search.end)]),
    ...(admittedPerSecond === undefined
      ? []
      : [
          `The server turned requests away at ${amount(admittedPerSecond)}/s: the capacity is a policy's limit. Replicas behind the same limit carry no more.`,
        ]),
    ...(bare
      ? [
          `Were the capacity at the low end (${amount(capacity.low ?? capacity.value)}), the grown peak would not fit with the spare replicas lost: ${(replicas.high ?? replicas.value).toLocaleString("en-US")} replicas would be needed.`,
        ]
      : []),
    ...(needed.value === 1 && replicas.value === 1
      ? ["There is one replica: when it is lost, or restarted, nothing is served."]
      : []),
  ];
}

function endWords(end: string): string {
  if (end === "above")
    return "The search ended at the highest load it was to try, which held: the capacity is at least this, and the figures are upper bounds.";
  return `The search for the capacity did not come to its end (${end}): its interval is wider than was asked for.`;
}

function amount(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en-US") : significant(value, 3);
}

function share(value: number): string {
  return `${Number((value * 100).toPrecision(6))} %`;
}
