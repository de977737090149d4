/** Whether a measurement can be trusted; decided before any verdict (DESIGN: rules of measuring). */
import type { ValidityLimits } from "../../core/records.ts";
import type { Evidence } from "./evidence.ts";
import { gates, type GateId, type GateRow } from "./gates.ts";
import type { BaselineCheck, Validity } from "../summary.ts";

/** Limits of one's own; a limit that is not given keeps its default, a gate that is off has none. */
export type GateLimits = Readonly<Partial<Record<GateId, ValidityLimits>>>;

/** Every gate of the table on what was found. */
export function judgeValidity(evidence: Evidence, overrides: GateLimits = {}): Validity {
  const judged = gates.map((row) => judgeGate(row, evidence, overrides[row.id]));
  const has = (status: BaselineCheck["status"]): boolean =>
    judged.some((gate) => gate.status === status);
  const status = has("invalid") ? "invalid" : has("warn") ? "suspect" : "valid";
  return { status, gates: judged };
}

function judgeGate(
  row: GateRow,
  evidence: Evidence,
  override: ValidityLimits | undefined,
): BaselineCheck {
  const { id, title, unit, bad, reason, advice } = row;
  const limits = override === "off" ? {} : { ...row.limits(evidence), ...override };
  const facts = { id, title, unit, bad, limits, reason, advice };
  const reading = row.read(evidence);
  if ("missing" in reading) return { ...facts, status: "not_measured", detail: reading.missing };
  const { value, enough } = reading;
  const detail = detailOf(reading.detail, override);
  const beyond = (limit: number | undefined): boolean =>
    limit !== undefined && (bad === "above" ? value > limit : value < limit);
  const status =
    beyond(limits.invalid) && enough
      ? "invalid"
      : beyond(limits.invalid) || beyond(limits.warn)
        ? "warn"
        : "ok";
  return { ...facts, status, value, ...(detail !== undefined && { detail }) };
}

/** A reader must see that a gate was not judged by its usual limits. */
function detailOf(found: string | undefined, override: ValidityLimits | undefined) {
  if (override === undefined) return found;
  const note = override === "off" ? "switched off by --validity" : "limits set by --validity";
  return found === undefined ? note : `${found}; ${note}`;
}
