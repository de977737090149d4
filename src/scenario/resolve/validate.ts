/** An options object as written -> parsed, or one error that names every place that is wrong. */
import type { z } from "zod";
import { usageError } from "../../core/errors.ts";
import { show } from "./fields.ts";
import { suggestName } from "../nearest.ts";
import {
  executors,
  ignoredOptions,
  optionsSchema,
  type ExecutorName,
  type ParsedOptions,
  type ParsedScenario,
} from "./options-schema.ts";

/** Something wrong at a place, e.g. `options.scenarios.main.rate`. */
export interface Problem {
  readonly place: string;
  readonly message: string;
}

export interface ValidOptions {
  readonly options: ParsedOptions;
  /** What was accepted and has no effect. */
  readonly notes: readonly string[];
}

/**
 * Checks everything in `options` but the scenarios.
 *
 * @throws usage error with the place of every problem
 */
export function validateOptions(written: unknown): ValidOptions {
  if (typeof written !== "object" || written === null || Array.isArray(written)) {
    throw invalid([{ place: "options", message: `expected an object, got ${show(written)}` }]);
  }
  const ignored = Object.keys(written).filter((key) => Object.hasOwn(ignoredOptions, key));
  const kept = Object.entries(written).filter(([key]) => !ignored.includes(key));
  return {
    options: parse(optionsSchema, Object.fromEntries(kept), ["options"]),
    notes: ignored.map(ignoredNote),
  };
}

function ignoredNote(key: string): string {
  const reason = ignoredOptions[key];
  return `k6's option "${key}" has no effect here${reason === undefined ? "" : `: ${reason}`}`;
}

/**
 * Checks one scenario by its executor's own rules.
 *
 * @throws usage error with the place of every problem
 */
export function validateScenario(name: string, written: unknown): ParsedScenario {
  const place = ["options", "scenarios", name];
  if (!/^[0-9a-zA-Z_-]+$/.test(name)) {
    throw invalid([
      {
        place: "options.scenarios",
        message: `"${name}" is not a name of letters, digits, _ and -`,
      },
    ]);
  }
  if (typeof written !== "object" || written === null) {
    throw invalid([{ place: format(place), message: `expected an object, got ${show(written)}` }]);
  }
  const executor = "executor" in written ? written.executor : undefined;
  if (typeof executor !== "string" || !Object.hasOwn(executors, executor)) {
    throw invalid([{ place: format([...place, "executor"]), message: executorMessage(executor) }]);
  }
  const schema: z.ZodType<ParsedScenario> = executors[executor as ExecutorName];
  const parsed = parse(schema, written, place);
  const problems = scenarioProblems(parsed);
  if (problems.length > 0) {
    throw invalid(problems.map(([key, message]) => ({ place: format([...place, key]), message })));
  }
  return parsed;
}

function executorMessage(executor: unknown): string {
  const names = Object.keys(executors);
  if (executor === undefined) return `is missing; known are ${names.join(", ")}`;
  if (executor === "externally-controlled") {
    return "externally-controlled was removed in k6 v2 and does not exist here; use ramping-vus";
  }
  if (typeof executor !== "string") return `expected a text, got ${show(executor)}`;
  return `unknown executor "${executor}"; ${suggestName(executor, names)}`;
}

/** Rules that concern more than one field. */
function scenarioProblems(scenario: ParsedScenario): readonly (readonly [string, string])[] {
  switch (scenario.executor) {
    case "constant-arrival-rate":
      return arrivalProblems(scenario);
    case "ramping-arrival-rate":
      return [...stageProblems(scenario), ...arrivalProblems(scenario)];
    case "ramping-vus":
      return stageProblems(scenario);
    case "shared-iterations":
      return scenario.iterations < scenario.vus
        ? [["iterations", `is less than vus (${scenario.vus})`]]
        : [];
    case "trace":
      return scenario.trace.entries.length === 0 ? [["trace", "is empty"]] : [];
    default:
      return [];
  }
}

function arrivalProblems(
  scenario: Extract<ParsedScenario, { readonly arrival: unknown }>,
): readonly (readonly [string, string])[] {
  const { preAllocatedVUs, maxVUs = preAllocatedVUs, arrival, burstiness } = scenario;
  const problems: [string, string][] = [];
  if (maxVUs === 0) problems.push(["preAllocatedVUs", "there are no VUs: give at least one"]);
  if (maxVUs < preAllocatedVUs) {
    problems.push(["maxVUs", `is less than preAllocatedVUs (${preAllocatedVUs})`]);
  }
  if ((arrival === "gamma") !== (burstiness !== undefined)) {
    problems.push(["burstiness", 'goes with arrival: "gamma", and is needed there']);
  }
  return problems;
}

function stageProblems(
  scenario: Extract<ParsedScenario, { readonly stages: unknown }>,
): readonly [string, string][] {
  const { stages } = scenario;
  const start = scenario.executor === "ramping-vus" ? scenario.startVUs : scenario.startRate;
  if (stages.length === 0) return [["stages", "is empty: give at least one stage"]];
  if (stages.every((stage) => stage.duration === 0)) {
    return [["stages", "last 0 s in all: give at least one stage a duration"]];
  }
  if (start === 0 && stages.every((stage) => stage.target === 0)) {
    return [["stages", "never start anything: give at least one stage a target above 0"]];
  }
  return [];
}

function parse<Value>(schema: z.ZodType<Value>, written: unknown, place: readonly string[]): Value {
  const result = schema.safeParse(written);
  if (result.success) return result.data;
  throw invalid(
    result.error.issues.map(({ path, message }) => ({
      place: format([...place, ...path]),
      message,
    })),
  );
}

/** `options.scenarios.main.stages[0].target` */
function format(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (place, key) => (typeof key === "number" ? `${place}[${key}]` : joinPlace(place, String(key))),
    "",
  );
}

function joinPlace(place: string, key: string): string {
  return place === "" ? key : `${place}.${key}`;
}

/** The error for these problems; the first is the headline. */
export function invalid(problems: readonly Problem[]): Error {
  return usageError(problems.map(({ place, message }) => `${place}: ${message}`).join("\n"));
}
