/**
 * k6's shortcuts: `vus`, `duration`, `iterations` and `stages` beside or instead of `scenarios`
 * (k6 2.2, lib/executor/execution_config_shortcuts.go), with k6's conflicts.
 */
import { usageError } from "../../core/errors.ts";
import type { ParsedOptions } from "./options-schema.ts";

type Shortcut = "scenarios" | "stages" | "iterations" | "duration";

/** k6's name for the scenario that a shortcut makes. */
const DEFAULT_SCENARIO = "default";

export interface Traffic {
  /** By name, as written. */
  readonly scenarios: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

/**
 * The scenarios of the options.
 *
 * @throws usage error when two ways of describing the traffic are mixed
 */
export function expandShortcuts(options: ParsedOptions): Traffic {
  const { vus, duration, iterations, stages, scenarios } = options;
  refuseConflicts(options);
  if (scenarios !== undefined) return fromScenarios(scenarios);
  // What is undefined here takes the executor's own default.
  if (stages !== undefined) return only({ executor: "ramping-vus", stages, startVUs: vus });
  if (iterations !== undefined) {
    return only({ executor: "shared-iterations", vus, iterations, maxDuration: duration });
  }
  if (duration !== undefined) return only({ executor: "constant-vus", vus, duration });
  const needsMore = 'options.vus has no effect without "duration", "iterations" or "stages"';
  return only({ executor: "per-vu-iterations" }, vus === undefined ? [] : [needsMore]);
}

function fromScenarios(scenarios: Readonly<Record<string, unknown>>): Traffic {
  if (Object.keys(scenarios).length > 0) return { scenarios, notes: [] };
  throw usageError("options.scenarios: is empty: give at least one scenario, or leave it out");
}

function only(scenario: unknown, notes: readonly string[] = []): Traffic {
  return { scenarios: { [DEFAULT_SCENARIO]: scenario }, notes };
}

/** Two of them are one too many, except that a duration limits `iterations`. */
function refuseConflicts(options: ParsedOptions): void {
  const order: readonly Shortcut[] = ["iterations", "duration", "stages", "scenarios"];
  const used = order.filter((key) => options[key] !== undefined);
  if (used.length < 2 || used.join() === "iterations,duration") return;
  throw usageError(
    `options: ${used.map((key) => `\`${key}\``).join(" and ")} cannot be used together`,
    "Each of them describes the whole traffic: keep one.",
  );
}
