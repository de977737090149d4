/** From `--validity` to the limits of the gates. */
import { usageError } from "../../core/errors.ts";
import type { ValidityLimits } from "../../core/records.ts";
import { gateIds, type GateId } from "../../judge/validity/gates.ts";
import type { GateLimits } from "../../judge/validity/validity.ts";
import { nearestName } from "../../scenario/nearest.ts";
import type { Flags } from "./flags.ts";

/** Undefined when the flag was not given. */
export function validityLimitsOf(flags: Flags): GateLimits | undefined {
  const given = Object.entries(flags.pairs("validity", "="));
  if (given.length === 0) return undefined;
  return Object.fromEntries(given.map(([gate, text]) => [gateOf(gate), limitsOf(gate, text)]));
}

function gateOf(name: string): GateId {
  const found = gateIds.find((id) => id === name);
  if (found !== undefined) return found;
  const nearest = nearestName(name, gateIds);
  throw usageError(
    `--validity: there is no gate "${name}"`,
    nearest === undefined ? `There is ${gateIds.join(", ")}.` : `Did you mean ${nearest}?`,
  );
}

function limitsOf(gate: string, text: string): ValidityLimits {
  if (text === "off") return "off";
  const numbers = text.split("/").map((part) => (part.trim() === "" ? NaN : Number(part)));
  const [first = NaN, second] = numbers;
  if (numbers.length > 2 || numbers.some((number) => !Number.isFinite(number) || number < 0)) {
    throw usageError(
      `--validity ${gate}: expected a limit, WARN/LIMIT or off, got "${text}"`,
      "Shares are ratios (0.05 for 5 %), times are ms.",
    );
  }
  return second === undefined ? { invalid: first } : { warn: first, invalid: second };
}
