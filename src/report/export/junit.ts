/**
 * `junit.xml`: what CI systems show as tests. One case for the run itself, one for its validity and
 * one for each threshold. A failure is a limit that was missed; an error means that nothing was
 * shown either way: an invalid measurement, a target that died, a threshold without data.
 *
 * Format: the JUnit schema of Apache Ant (windyroad JUnit.xsd), which Jenkins, GitLab, GitHub
 * actions and Azure DevOps read too.
 */
import type { BaselineCheck, Summary } from "../../judge/summary.ts";
import type { ThresholdResult } from "../../judge/outcome-summaries.ts";
import { limitText, quantity } from "../text/quantity.ts";
import { reasonSentence, validitySentence } from "../text/verdict-words.ts";
import { xmlText } from "./xml-text.ts";

export interface TestCase {
  readonly name: string;
  readonly classname: string;
  readonly problem?: {
    readonly kind: "failure" | "error";
    /** A word for programs: `threshold`, `invalid`, `no_data`. */
    readonly type: string;
    readonly message: string;
    readonly detail?: string;
  };
}

/** @param more cases of what the run was compared with */
export function renderJunit(summary: Summary, more: readonly TestCase[] = []): string {
  const cases = [
    runCase(summary),
    validityCase(summary),
    ...summary.thresholds.map((one) => thresholdCase(one, summary)),
    ...more,
  ];
  const count = (kind: string): number =>
    cases.filter(({ problem }) => problem?.kind === kind).length;
  const seconds = (summary.run.durationMs / 1000).toFixed(3);
  const properties = propertiesOf(summary).map(
    ([name, value]) => `      <property name="${xmlText(name)}" value="${xmlText(value)}"/>`,
  );
  const suite = [
    ["name", summary.run.name],
    ["package", "plimsoll"],
    ["id", "0"],
    ["timestamp", summary.run.startedAt.slice(0, 19)],
    ["hostname", summary.environment.hostname || "localhost"],
    ["tests", String(cases.length)],
    ["failures", String(count("failure"))],
    ["errors", String(count("error"))],
    ["time", seconds],
  ].map(([name = "", value = ""]) => `${name}="${xmlText(value)}"`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite ${suite.join(" ")}>`,
    "    <properties>",
    ...properties,
    "    </properties>",
    // The time is the run's: it belongs to no single case, so the first one carries it.
    ...cases.map((one, index) => caseXml(one, index === 0 ? seconds : "0")),
    "    <system-out/>",
    "    <system-err/>",
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function caseXml({ name, classname, problem }: TestCase, time: string): string {
  const head = `    <testcase name="${xmlText(name)}" classname="${xmlText(classname)}" time="${time}"`;
  if (problem === undefined) return `${head}/>`;
  const { kind, type, message, detail = message } = problem;
  const about = `type="${xmlText(type)}" message="${xmlText(message)}"`;
  return `${head}>\n      <${kind} ${about}>${xmlText(detail)}</${kind}>\n    </testcase>`;
}

function propertiesOf({ run, plan, target, verdict, validity }: Summary): [string, string][] {
  const facts: Readonly<Record<string, string | undefined>> = {
    run: run.id,
    plimsoll: run.plimsoll,
    plan: run.planHash,
    seed: String(plan.seed),
    verdict: verdict.status,
    validity: validity.status,
    target: target?.url,
    server: target?.server,
    build: target?.build,
    model: target?.model,
  };
  return Object.entries(facts).filter((one): one is [string, string] => one[1] !== undefined);
}

/** Whether the run came to its end and its target lived. */
function runCase(summary: Summary): TestCase {
  const { status } = summary.verdict;
  const named = { name: "the run was completed", classname: `${summary.run.name}.run` };
  if (status === "passed" || status === "failed" || status === "invalid") return named;
  return { ...named, problem: { kind: "error", type: status, message: reasonSentence(summary) } };
}

function validityCase(summary: Summary): TestCase {
  const { validity, run } = summary;
  const named = { name: "the measurement can be trusted", classname: `${run.name}.validity` };
  if (validity.status !== "invalid") return named;
  const bad = validity.gates.filter(({ status }) => status === "invalid");
  const message = validitySentence(summary);
  const detail = bad.map(gateSentence).join("\n");
  return { ...named, problem: { kind: "error", type: "invalid", message, detail } };
}

function gateSentence({ title, value, unit, detail, advice }: BaselineCheck): string {
  const measured = value === undefined ? "" : ` ${quantity(value, unit)}`;
  return `${title}:${measured}${detail === undefined ? "" : ` (${detail})`}. ${advice}`;
}

function thresholdCase(threshold: ThresholdResult, { run }: Summary): TestCase {
  const { key, source, operator, limit, value, unit, ok, status } = threshold;
  const named = { name: `${key}: ${source}`, classname: `${run.name}.thresholds` };
  if (ok) return named;
  if (status === "no_data" || value === undefined) {
    const message = `${key} has no data, so ${source} was not shown to hold`;
    return { ...named, problem: { kind: "error", type: "no_data", message } };
  }
  const message = `measured ${quantity(value, unit)}, wanted ${operator} ${limitText(limit, unit)}`;
  return { ...named, problem: { kind: "failure", type: "threshold", message } };
}
