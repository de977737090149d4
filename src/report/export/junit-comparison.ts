/**
 * The comparison as JUnit cases: one for the comparison as a whole, one for each gating metric, and
 * one for each limit that was judged from an interval. Regressions and violated limits are failures.
 * What showed nothing either way (too few runs, another environment) is an error: CI must be able to
 * tell slower from don't know. A limit that is merely not proven has no case: it fails nothing.
 */
import type { ComparisonDocument, ComparisonStatus } from "../../judge/compare/comparison.ts";
import type { MetricVerdict } from "../../judge/compare/types.ts";
import {
  adviceOn,
  comparisonWords,
  sizeText,
  verdictSentence,
  whatWasCompared,
} from "../compare/comparison-words.ts";
import type { TestCase } from "./junit.ts";

type Problem = NonNullable<TestCase["problem"]>;

export function comparisonCases(
  scenario: string,
  comparison: ComparisonDocument | undefined,
): readonly TestCase[] {
  if (comparison === undefined) return [];
  const classname = `${scenario}.comparison`;
  const metrics = comparison.metrics.filter((one) => one.gating && !isSpared(one, comparison));
  const limits = comparison.sla.filter(({ status }) => status !== "unproven");
  return [
    { name: whatWasCompared(comparison), classname, ...problemOf(wholeProblem(comparison)) },
    ...metrics.map((one) => ({
      name: `${one.rule.id} is not worse by ${sizeText(one.matters ?? one.margin, one.rule)}`,
      classname,
      ...problemOf(metricProblem(one)),
    })),
    ...limits.map(({ id, status, reason }) => ({
      name: `${id} keeps its limit, its interval included`,
      classname,
      ...problemOf(status === "met" ? undefined : failure("sla", reason)),
    })),
  ];
}

/** It could not be told, but another figure of its family was evidence enough. */
function isSpared({ rule, outcome }: MetricVerdict, { families }: ComparisonDocument): boolean {
  if (families === undefined || outcome !== "inconclusive") return false;
  const open = families.filter((one) => one.outcome === "inconclusive");
  return !open.some(({ by }) => by.includes(rule.id));
}

function problemOf(problem: Problem | undefined): { readonly problem?: Problem } {
  return problem === undefined ? {} : { problem };
}

function failure(type: string, message: string): Problem {
  return { kind: "failure", type, message };
}

const KINDS: Readonly<Record<ComparisonStatus, Problem["kind"] | undefined>> = {
  pass: undefined,
  improvement: undefined,
  regression: "failure",
  inconclusive: "error",
  not_comparable: "error",
  invalid: "error",
  target_failed: "error",
};

function wholeProblem(comparison: ComparisonDocument): Problem | undefined {
  const { status, reasons } = comparison.verdict;
  const kind = KINDS[status];
  if (kind === undefined) return undefined;
  const message = `${comparisonWords[status].title}: ${verdictSentence(comparison)}`;
  const advice = adviceOn(comparison);
  const detail = [...reasons, ...(advice === undefined ? [] : [advice])].join("\n");
  return { kind, type: status, message, ...(detail !== "" && { detail }) };
}

function metricProblem({ outcome, reason }: MetricVerdict): Problem | undefined {
  if (outcome === "regression") return failure(outcome, reason);
  if (outcome === "inconclusive") return { kind: "error", type: outcome, message: reason };
  return undefined;
}
