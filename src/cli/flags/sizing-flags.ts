/** What `plimsoll plan` is asked for. */
import { usageError } from "../../core/errors.ts";
import type { PlanWishes } from "../../judge/capacity/plan-basis.ts";
import { present } from "../../core/present.ts";
import type { Flags, FlagTable } from "./flags.ts";

export const SIZING_FLAGS = {
  capacity: {
    kind: "number",
    value: "LOAD",
    about: "what one replica carries, where no search measured it (requests per second)",
  },
  peak: { kind: "number", value: "LOAD", about: "today's peak, in the capacity's unit (needed)" },
  growth: { kind: "text", value: "SHARE", about: "growth until the horizon: 50% (default 0%)" },
  margin: { kind: "text", value: "SHARE", about: "kept free above it: 25% (default 25%)" },
  horizon: { kind: "text", value: "TEXT", about: "until when: words for the report" },
  "replicas-lost": {
    kind: "number",
    value: "K",
    about: "replicas that may be lost at once: N+k (default 1)",
  },
  "gpu-hour-price": { kind: "number", value: "USD", about: "price of one GPU for an hour" },
  "gpus-per-replica": { kind: "number", value: "N", about: "GPUs of a replica (default 1)" },
  "energy-price": { kind: "number", value: "USD", about: "price of a kWh" },
  pue: {
    kind: "number",
    value: "RATIO",
    about: "energy paid for / energy of the devices, 1 or more (default 1)",
  },
  "power-per-replica": {
    kind: "number",
    value: "WATTS",
    about: "power of a replica at load (default: as the capacity's levels measured)",
  },
  hours: { kind: "number", value: "N", about: "hours a month that it runs (default 730)" },
  "mean-load": {
    kind: "text",
    value: "SHARE",
    about: "mean load, of the grown peak, for costs per request and token (default 100%)",
  },
  "output-tokens": {
    kind: "number",
    value: "N",
    about: "output tokens of a request (default: as measured)",
  },
  "input-tokens": { kind: "number", value: "N", about: "prompt tokens of a request" },
} as const satisfies FlagTable;

/** @throws usage errors */
export function sizingWishes(flags: Flags): PlanWishes {
  const peak = above0(flags, "peak");
  if (peak === undefined)
    throw usageError("plan: --peak is missing", "Give today's peak load: --peak 200");
  return {
    peak,
    growth: shareOf(flags, "growth") ?? 0,
    margin: shareOf(flags, "margin") ?? 0.25,
    lost: flags.integer("replicas-lost") ?? 1,
    hours: above0(flags, "hours") ?? 730,
    meanLoad: meanLoadOf(flags),
    gpusPerReplica: flags.integer("gpus-per-replica", 1) ?? 1,
    pue: flags.number("pue", 1) ?? 1,
    ...present({
      horizon: flags.text("horizon"),
      gpuHourPrice: flags.number("gpu-hour-price"),
      energyPrice: flags.number("energy-price"),
      power: above0(flags, "power-per-replica"),
      outputTokens: above0(flags, "output-tokens"),
      inputTokens: flags.number("input-tokens"),
    }),
  };
}

function meanLoadOf(flags: Flags): number {
  const share = shareOf(flags, "mean-load") ?? 1;
  if (share > 0 && share <= 1) return share;
  throw usageError("--mean-load: it is a share of the peak", "Write 1% to 100%.");
}

/** Undefined when absent. @throws usage error for 0 */
export function above0(flags: Flags, name: string): number | undefined {
  const value = flags.number(name);
  if (value === 0) throw usageError(`--${name}: it must be more than 0`);
  return value;
}

/** `50%` and `0.5` are the same; a bare 50 could be meant either way, and is refused. */
const MOST_BARE = 10;

function shareOf(flags: Flags, name: string): number | undefined {
  const text = flags.text(name)?.trim();
  if (text === undefined) return undefined;
  const [, digits, sign] = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text) ?? [];
  const value = Number(digits) / (sign === "%" ? 100 : 1);
  if (Number.isFinite(value) && (sign === "%" || value <= MOST_BARE)) return value;
  throw usageError(`--${name}: "${text}" is not a share`, "Write 50% or 0.5.");
}
