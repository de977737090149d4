/** From a comparison to an exit code, as the user wants it: what fails, and what is let pass. */
import { exitCodes, usageError, type ExitCode } from "../../core/errors.ts";
import type { ComparisonDocument } from "../../judge/compare/comparison.ts";
import { nearestName } from "../../scenario/nearest.ts";
import type { Flags, FlagTable } from "./flags.ts";

const FAILURES = ["regression", "sla", "inconclusive", "unproven", "drift"] as const;
const ALLOWANCES = ["inconclusive", "not-comparable"] as const;
type Failure = (typeof FAILURES)[number];
type Allowance = (typeof ALLOWANCES)[number];

export interface Policy {
  /** What ends with exit code 1. */
  readonly failOn: readonly Failure[];
  /** What ends with exit code 0 all the same. */
  readonly allow: readonly Allowance[];
  /** The user asked for the limits by name: then that none of them is proven is no pass. */
  readonly asksLimits: boolean;
}

export const POLICY_FLAGS = {
  "fail-on": {
    kind: "text",
    value: "LIST",
    about: `what exits with 1, separated by commas: ${FAILURES.join(", ")}\n(default regression,sla)`,
  },
  allow: {
    kind: "text",
    value: "LIST",
    repeats: true,
    about: `what exits with 0 all the same: ${ALLOWANCES.join(", ")}`,
  },
} as const satisfies FlagTable;

/** @throws usage errors */
export function policyOf(flags: Flags): Policy {
  const asked = flags.text("fail-on")?.split(",");
  const failOn = (asked ?? ["regression", "sla"]).map((word) =>
    oneOf("fail-on", word.trim(), FAILURES),
  );
  return {
    failOn,
    asksLimits: asked !== undefined && failOn.includes("sla"),
    allow: flags
      .all("allow")
      .flatMap((list) => list.split(","))
      .map((word) => oneOf("allow", word.trim(), ALLOWANCES)),
  };
}

function oneOf<Name extends string>(flag: string, word: string, names: readonly Name[]): Name {
  const name = names.find((one) => one === word);
  if (name !== undefined) return name;
  const nearest = nearestName(word, names);
  throw usageError(
    `--${flag}: there is no "${word}"`,
    nearest === undefined ? `There is ${names.join(", ")}.` : `Did you mean ${nearest}?`,
  );
}

/** Gravest first: what cannot be trusted, what cannot be compared, what is worse, what is not known. */
export function exitCodeOf(compared: ComparisonDocument, policy: Policy): ExitCode {
  const { failOn, allow } = policy;
  const { status } = compared.verdict;
  if (status === "target_failed") return exitCodes.targetFailed;
  if (status === "invalid") return exitCodes.invalid;
  const broken = (what: Failure): boolean => failOn.includes(what) && FOUND[what](compared);
  if (FAILURES.some(broken)) return exitCodes.failed;
  if (status === "not_comparable" && !allow.includes("not-comparable"))
    return exitCodes.notComparable;
  const open = status === "inconclusive" || provesNoLimit(compared, policy);
  return open && !allow.includes("inconclusive") ? exitCodes.inconclusive : exitCodes.passed;
}

/** `--fail-on sla` of runs that prove no limit: nothing green comes out of nothing. */
function provesNoLimit({ sla }: ComparisonDocument, { asksLimits }: Policy): boolean {
  return asksLimits && sla.every(({ status }) => status === "unproven");
}

/** Why a comparison that found no regression is not passed; undefined where it is. */
export function limitsNote(compared: ComparisonDocument, policy: Policy): string | undefined {
  if (!provesNoLimit(compared, policy)) return undefined;
  return compared.sla.length === 0
    ? "--fail-on sla: the scenario sets no limit on a figure that is compared, so none is proven"
    : "--fail-on sla: none of the scenario's limits is proven by these runs; more or longer runs would";
}

const FOUND: Readonly<Record<Failure, (compared: ComparisonDocument) => boolean>> = {
  regression: ({ verdict }) => verdict.status === "regression",
  sla: ({ sla }) => sla.some(({ status }) => status === "violated"),
  inconclusive: ({ verdict }) => verdict.status === "inconclusive",
  unproven: ({ sla }) => sla.some(({ status }) => status === "unproven"),
  drift: ({ anchor }) =>
    anchor?.metrics.some((one) => one.gating && one.outcome === "regression") === true,
};
