/** What one measurement of a cell showed: from its run's summary. */
import { told } from "../machine/usage.ts";
import { present } from "../../core/present.ts";
import type { Summary, Validity, Verdict } from "../summary.ts";

export interface CellRun {
  /** From 0. */
  readonly repeat: number;
  /** Id of the run, whose directory is in the sweep's folder `cells`. */
  readonly run: string;
  readonly status: Verdict["status"];
  readonly validity: Validity["status"];
  /** Valid, every threshold met, and enough of the requests within the SLO. */
  readonly held: boolean;
  /** Why not; absent where it held. */
  readonly why?: string;
  /** Requests of the measured phases that ended. */
  readonly requests: number;
  /** Of them within the SLO, 0 to 1; absent without an SLO. */
  readonly good?: number;
  readonly failedShare?: number;
  /** Per second, over the measured window. */
  readonly throughput?: number;
  readonly goodput?: number;
  readonly tokensPerSecond?: number;
  /** Inputs, documents or samples. */
  readonly itemsPerSecond?: number;
  /** 95th percentiles, ms; TTFT and end to end from the schedule where there is one. */
  readonly ttft?: number;
  readonly tpot?: number;
  readonly e2e?: number;
  /** Means of a request. */
  readonly promptTokens?: number;
  readonly outputTokens?: number;
  /** Joules, gross. */
  readonly joulesPerOutputToken?: number;
}

/** @param share of requests that must be within the SLO, 0 to 1 */
export function cellRunOf(summary: Summary, repeat: number, share: number): CellRun {
  const { run, verdict, validity, rates, failures, slo, usage, metrics } = summary;
  const trend = (name: keyof typeof metrics, figure: "p95" | "mean"): number | undefined => {
    const found = metrics[name];
    return found?.kind === "trend" ? found[figure] : undefined;
  };
  const why = problemOf(summary, share);
  return {
    ...{ repeat, run: run.id, status: verdict.status, validity: validity.status },
    held: why === undefined,
    requests: requestsOf(summary),
    ...present({
      why,
      good: slo.share,
      failedShare: failures.share,
      throughput: rates.requests,
      goodput: rates.goodput,
      tokensPerSecond: rates.outputTokens,
      itemsPerSecond: rates.items,
      ttft: trend("ttft_scheduled", "p95") ?? trend("ttft", "p95"),
      tpot: trend("tpot", "p95"),
      e2e: trend("e2e_scheduled", "p95") ?? trend("e2e", "p95"),
      promptTokens: trend("prompt_tokens", "mean"),
      outputTokens: trend("output_tokens", "mean"),
      joulesPerOutputToken: told(usage.energy)?.perOutputToken,
    }),
  };
}

function requestsOf({ census }: Summary): number {
  return census.measuredRequests.ok + census.measuredRequests.failed;
}

function problemOf(summary: Summary, share: number): string | undefined {
  const { verdict, thresholds, failures, slo } = summary;
  if (verdict.status === "failed") {
    const broken = thresholds.filter(({ ok }) => !ok).map(({ key, source }) => `${key}: ${source}`);
    const [kind] = failures.kinds;
    if (kind !== undefined && kind.share > 0.5) return `failures: ${kind.kind}`;
    return broken[0] ?? firstLine(verdict.reasons);
  }
  if (verdict.status !== "passed") return firstLine(verdict.reasons);
  if (requestsOf(summary) === 0) return "no request was measured";
  if (slo.limits.length === 0) return undefined;
  const { share: good = 0 } = slo;
  return good >= share ? undefined : `slo: ${mostMissed(summary)}`;
}

function firstLine([reason = "it did not pass"]: readonly string[]): string {
  return reason.trim().split("\n", 1)[0] ?? "";
}

function mostMissed({ slo, failures }: Summary): string {
  const [kind] = failures.kinds;
  const [missed] = [...slo.limits].sort((a, b) => (a.share ?? 1) - (b.share ?? 1));
  if (kind !== undefined && kind.share >= 1 - (missed?.share ?? 0)) return kind.kind;
  return missed?.metric ?? "missed";
}
