/** What a reader should know before quoting a number. */
import type { WarningLine } from "../../core/records.ts";
import { answerWarnings, type Answers } from "./answer-warnings.ts";
import { DISAGREEMENT } from "../machine/energy.ts";
import { told, type Usage } from "../machine/usage.ts";
import type { Summary, SummaryWarning } from "../summary.ts";

type Subject = Pick<Summary, "run" | "metrics" | "census" | "slo" | "target" | "plan"> & {
  readonly usage?: Usage;
  /** Of the target's line. */
  readonly sameMachine?: boolean;
  readonly answers?: Answers;
};
type Rule = (subject: Subject) => SummaryWarning | undefined;

/** The run's own warnings, repeated ones once, and those that follow from the summary. */
export function warningsOf(
  lines: readonly WarningLine[],
  subject: Subject,
): readonly SummaryWarning[] {
  const derived = RULES.flatMap((rule) => rule(subject) ?? []);
  const { answers } = subject;
  return [...grouped(lines), ...derived, ...(answers === undefined ? [] : answerWarnings(answers))];
}

function grouped(lines: readonly WarningLine[]): SummaryWarning[] {
  const groups = new Map<string, { first: WarningLine; count: number }>();
  for (const line of lines) {
    const key = `${line.code}\u0000${line.message}`;
    const group = groups.get(key) ?? { first: line, count: 0 };
    groups.set(key, { ...group, count: group.count + 1 });
  }
  return [...groups.values()].map(({ first: { code, message, at }, count }) => ({
    code,
    message: count === 1 ? message : `${message} (${count} times)`,
    at,
  }));
}

const RULES: readonly Rule[] = [
  incomplete,
  unknownIterations,
  censored,
  fewRequests,
  chunkGaps,
  eventCounts,
  uncounted,
  sharedHost,
  energyDisagrees,
];

/** A counter and an integral of the same energy (machine/energy.ts). */
function energyDisagrees({ usage }: Subject): SummaryWarning | undefined {
  const { disagreement = 0 } = told(usage?.energy) ?? {};
  if (disagreement <= DISAGREEMENT) return undefined;
  return {
    code: "energy_disagrees",
    message: `the GPUs' energy counters and their integrated power differ by ${(disagreement * 100).toFixed(1)} %: one of the two is wrong`,
    advice: "quote neither to better than that; a wall meter can tell which is right",
  };
}

function incomplete({ run }: Subject): SummaryWarning | undefined {
  if (run.complete) return undefined;
  return {
    code: "incomplete_run",
    message: `the run did not complete (${run.end.replaceAll("_", " ")}): the numbers are those of the part that was measured`,
    advice: "do not compare them with those of complete runs",
  };
}

function unknownIterations({ census }: Subject): SummaryWarning | undefined {
  const { unknown = 0 } = census.iterations;
  if (unknown === 0) return undefined;
  return {
    code: "unfinished_unknown",
    message: `${unknown} planned iterations left no line: they were still running, or not due yet, when the run ended`,
  };
}

function censored({ census }: Subject): SummaryWarning | undefined {
  const count = census.measuredRequests.censored;
  if (count === 0) return undefined;
  return {
    code: "censored_requests",
    message: `${count} of ${census.measuredRequests.total} measured requests were cut off by the end of the run: they have no latency, do not count as failures, and meet no SLO`,
    advice: "raise gracefulStop, or make the run longer",
  };
}

/** Below these counts, a percentile is hardly more than the largest value. */
const NEEDED = [
  { p: "p99", least: 100 },
  { p: "p95", least: 20 },
] as const;

function fewRequests({ census }: Subject): SummaryWarning | undefined {
  const { ok } = census.measuredRequests;
  if (ok === 0) return undefined;
  const weak = NEEDED.filter(({ least }) => ok < least).map(({ p }) => p);
  if (weak.length === 0) return undefined;
  return {
    code: "few_requests",
    message: `${ok} successful request${ok === 1 ? " is" : "s are"} too few for ${weak.reverse().join(" and ")}: ${weak.length > 1 ? "they are" : "it is"} close to the largest value`,
    advice: "measure longer; p99 needs a hundred requests at the very least",
  };
}

function chunkGaps({ metrics }: Subject): SummaryWarning | undefined {
  const { itl } = metrics;
  if (itl?.kind !== "trend" || itl.per !== "chunk") return undefined;
  return {
    code: "itl_per_chunk",
    message:
      "itl is between chunks, not tokens: some events carried several tokens, or an unknown number",
    advice:
      "compare tpot instead: it depends on how tokens are grouped only where most come at once",
  };
}

function eventCounts({ metrics }: Subject): SummaryWarning | undefined {
  const output = metrics.output_tokens;
  const count = output?.kind === "trend" ? (output.sources?.events ?? 0) : 0;
  if (count === 0) return undefined;
  return {
    code: "tokens_counted_by_events",
    message: `for ${count} requests the server counted no tokens: content events were counted instead`,
    advice: "token rates and tpot are then per event; make the server send usage",
  };
}

function uncounted({ metrics }: Subject): SummaryWarning | undefined {
  const output = metrics.output_tokens;
  const e2e = metrics.e2e;
  if (output?.kind !== "trend" || e2e?.kind !== "trend") return undefined;
  if (output.count >= e2e.count) return undefined;
  return {
    code: "tokens_not_counted",
    message: `the output of ${e2e.count - output.count} successful requests was not counted`,
  };
}

const LOOPBACK = /^https?:\/\/(localhost|127\.|\[::1\])/;

function sharedHost({ target, sameMachine }: Subject): SummaryWarning | undefined {
  if (target === undefined) return undefined;
  const owned = target.kind !== "remote";
  if (!owned && !(sameMachine ?? LOOPBACK.test(target.url))) return undefined;
  return {
    code: "shared_host",
    message: owned
      ? "client and server ran on the same machine, and shared its cores"
      : "the server's address is one of this machine: client and server shared its cores (unless it is a tunnel)",
    advice: "fine for comparing runs on this machine; for absolute numbers use a client of its own",
  };
}
