/**
 * How each metric is judged unless the user says otherwise: one row a metric. Margins follow
 * docs/statistics.md: to catch 10 %, the margin is 5 %.
 */
import type { Family, MetricRule } from "./types.ts";

type Options = Partial<Pick<MetricRule, "floor" | "gating" | "better" | "family" | "matters">>;

function quantile(metric: string, percent: number, margin: number, options: Options): MetricRule {
  return {
    ...level(metric, "ms", margin, options),
    id: `${metric} p${percent}`,
    quantile: percent / 100,
  };
}

function level(metric: string, unit: string, margin: number, options: Options): MetricRule {
  return {
    id: metric,
    metric,
    unit,
    better: "lower",
    scale: "log",
    margin,
    gating: false,
    ...options,
  };
}

function share(metric: string, margin: number, options: Options): MetricRule {
  return { ...level(metric, "ratio", margin, options), scale: "linear" };
}

/** Changes below these nobody notices, ms. */
const TTFT = { floor: 1 };
const ITL = { floor: 0.2 };
const TPOT = { floor: 0.1 };
const gates = (family: Family) => ({ gating: true, family });

export const defaultRules: readonly MetricRule[] = [
  quantile("ttft", 50, 0.05, { ...TTFT, ...gates("waiting") }),
  quantile("ttft", 95, 0.05, { ...TTFT, ...gates("waiting") }),
  quantile("tpot", 50, 0.05, { ...TPOT, ...gates("speed") }),
  quantile("itl", 99, 0.1, { ...ITL, ...gates("speed") }),
  level("output_tokens_per_second", "tokens/s", 0.05, { better: "higher", ...gates("throughput") }),
  share("request_failed", 0.002, { matters: 0.01, ...gates("failures") }),
  quantile("ttft", 99, 0.1, TTFT),
  quantile("ttft_scheduled", 50, 0.05, TTFT),
  quantile("ttft_scheduled", 95, 0.05, TTFT),
  quantile("ttft_scheduled", 99, 0.1, TTFT),
  quantile("itl", 50, 0.05, ITL),
  quantile("itl", 95, 0.05, ITL),
  quantile("tpot", 95, 0.05, TPOT),
  quantile("e2e", 50, 0.05, TTFT),
  quantile("e2e", 95, 0.05, TTFT),
  quantile("e2e", 99, 0.1, TTFT),
  quantile("e2e_scheduled", 50, 0.05, TTFT),
  quantile("e2e_scheduled", 95, 0.05, TTFT),
  level("goodput", "1/s", 0.05, { better: "higher" }),
  share("slo_met", 0.01, { better: "higher" }),
  level("recovery_time", "ms", 0.1, { floor: 500 }),
  level("energy_per_token", "J", 0.05, {}),
  level("gpu_memory_used", "bytes", 0.02, { floor: 64 * 2 ** 20 }),
];
