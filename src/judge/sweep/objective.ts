/** What makes one cell better than another: one row each. */
import type { CellRun } from "./cell-run.ts";

export interface Objective {
  readonly of: (run: CellRun) => number | undefined;
  readonly better: "higher" | "lower";
  readonly unit: "1/s" | "tokens/s" | "items/s" | "ms";
  /** For people: `requests within the SLO`. */
  readonly title: string;
}

export const objectives = {
  goodput: {
    of: ({ goodput, throughput, failedShare = 0 }) =>
      // Without an SLO every request that succeeds is a good one.
      goodput ?? (throughput === undefined ? undefined : throughput * (1 - failedShare)),
    better: "higher",
    unit: "1/s",
    title: "good requests",
  },
  tokens: {
    of: ({ tokensPerSecond }) => tokensPerSecond,
    better: "higher",
    unit: "tokens/s",
    title: "output tokens",
  },
  items: {
    of: ({ itemsPerSecond }) => itemsPerSecond,
    better: "higher",
    unit: "items/s",
    title: "inputs, documents or samples",
  },
  ttft: { of: ({ ttft }) => ttft, better: "lower", unit: "ms", title: "TTFT p95" },
  tpot: { of: ({ tpot }) => tpot, better: "lower", unit: "ms", title: "TPOT p95" },
  e2e: { of: ({ e2e }) => e2e, better: "lower", unit: "ms", title: "E2E p95" },
} as const satisfies Readonly<Record<string, Objective>>;

export type ObjectiveName = keyof typeof objectives;
