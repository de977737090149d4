/** A line of `run.jsonl` without the secrets that a server, a script or a command line put into it. */
import type { Outcome, RequestRecord } from "./request-record.ts";
import type {
  RunEvent,
  RunFooter,
  RunHeader,
  RunLine,
  TargetIdentity,
  WarningLine,
} from "./records.ts";
import { HIDDEN, isSecretName, type Secrets } from "./secrets.ts";

/**
 * Only texts that come from outside are looked at: names of scenarios, phases and metrics mean
 * something to whoever reads the line, and a header's value may happen to be one of them.
 */
export function hideInLine(line: RunLine, secrets: Secrets): RunLine {
  const hide = HIDERS[line.type] as (line: RunLine, secrets: Secrets) => RunLine;
  return hide(line, secrets);
}

type Hiders = {
  readonly [Type in RunLine["type"]]: (
    line: Extract<RunLine, { readonly type: Type }>,
    secrets: Secrets,
  ) => RunLine;
};

const HIDERS: Hiders = {
  header: hideInHeader,
  request: hideInRequest,
  sample: same,
  phase: same,
  readings: (line, secrets) => ({ ...line, metrics: secrets.hideIn(line.metrics) }),
  histograms: same,
  target: (line, secrets) => ({ ...line, identity: hideInIdentity(line.identity, secrets) }),
  canary: (line, secrets) => ({
    ...secrets.hideIn(line),
    ...{ type: line.type, outcome: hideInOutcome(line.outcome, secrets) },
  }),
  iteration: (line, secrets) =>
    line.error === undefined ? line : { ...line, error: secrets.hide(line.error) },
  source: (line, secrets) => ({ ...secrets.hideIn(line), type: line.type }),
  fingerprint: (line, secrets) => ({ ...line, fields: secrets.hideIn(line.fields) }),
  warning: hideInMessage,
  event: hideInMessage,
  footer: hideInMessage,
};

function same(line: RunLine): RunLine {
  return line;
}

function hideInMessage<Line extends WarningLine | RunEvent | RunFooter>(
  line: Line,
  secrets: Secrets,
): Line {
  return line.message === undefined ? line : { ...line, message: secrets.hide(line.message) };
}

export function hideInIdentity(identity: TargetIdentity, secrets: Secrets): TargetIdentity {
  return { ...secrets.hideIn(identity), kind: identity.kind };
}

/** Most requests have nothing that could be one. */
function hideInRequest(line: RequestRecord, secrets: Secrets): RequestRecord {
  const { outcome, retryAfter, tags } = line;
  if (outcome.ok && retryAfter === undefined && tags === undefined) return line;
  return {
    ...line,
    outcome: hideInOutcome(outcome, secrets),
    ...(retryAfter !== undefined && { retryAfter: secrets.hide(retryAfter) }),
    ...(tags !== undefined && { tags: secrets.hideIn(tags) }),
  };
}

function hideInOutcome(outcome: Outcome, secrets: Secrets): Outcome {
  return outcome.ok ? outcome : { ...outcome, message: secrets.hide(outcome.message) };
}

function hideInHeader(line: RunHeader, secrets: Secrets): RunHeader {
  const { command, plan } = line;
  return {
    ...line,
    plan: hideInPlan(plan, secrets),
    ...(command !== undefined && { command: secrets.hideIn(command) }),
  };
}

/** Values that the scenario and its parameters gave; the hash of the plan is taken before. */
function hideInPlan(plan: unknown, secrets: Secrets): unknown {
  if (!isObject(plan)) return plan;
  const scenarios = Array.isArray(plan["scenarios"]) ? (plan["scenarios"] as unknown[]) : undefined;
  return {
    ...plan,
    ...(isObject(plan["parameters"]) && { parameters: hideValues(plan["parameters"], secrets) }),
    ...(scenarios !== undefined && {
      scenarios: scenarios.map((one) => (isObject(one) ? hideInScenario(one, secrets) : one)),
    }),
  };
}

function hideInScenario(scenario: Fields, secrets: Secrets): Fields {
  const { env, tags } = scenario;
  return {
    ...scenario,
    ...(isObject(env) && { env: hideValues(env, secrets) }),
    ...(isObject(tags) && { tags: secrets.hideIn(tags) }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function hideValues(values: Fields, secrets: Secrets): Fields {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      isSecretName(name) ? HIDDEN : secrets.hideIn(value),
    ]),
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
