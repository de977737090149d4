/**
 * What servers call what we call by the names of core/telemetry.ts. One row a series and server:
 * adding a server, or a name it used in another release, is adding rows. Where several rows of one
 * series match a page, the first does.
 *
 * Sources: server-context.cpp of llama.cpp; vllm/v1/metrics/loggers.py; SGLang's
 * metrics_collector.py; TensorRT-LLM's metrics/collector.py; Triton's docs/user_guide/metrics.md;
 * TGI's router/src/server.rs.
 */
import type { Fingerprint } from "../../core/fingerprint.ts";
import type { ServerTimeName } from "../../core/server-times.ts";
import type { SeriesName } from "../../core/telemetry.ts";
import type { Page } from "./prometheus-text.ts";
import { vllmFingerprint } from "./vllm-config.ts";

export interface NameRow {
  readonly series: SeriesName;
  /** The name on the page. */
  readonly name: string;
  /** Sums by default; a share over several engines or models is their mean. */
  readonly over?: "mean";
  /** Only those of the model that is asked, where the page tells models apart. */
  readonly ofModel?: true;
  /** Only samples in which this label is one of these, or is none of them. */
  readonly where?: {
    readonly label: string;
    readonly is: readonly string[];
    readonly not?: boolean;
  };
  /** Subtracted from it, where it is on the page: the first of these that is. */
  readonly minus?: readonly string[];
}

/** A histogram of the server's own. Where several rows of one time match, the first does. */
export interface TimeRow {
  readonly time: ServerTimeName;
  /** Without `_bucket`, `_sum`, `_count`. */
  readonly name: string;
  readonly unit: "s" | "ms" | "us";
}

/** Names of one server begin alike, and its times are in one unit. */
function timesIn(
  unit: TimeRow["unit"],
  prefix: string,
  names: readonly (readonly [ServerTimeName, string])[],
): readonly TimeRow[] {
  return names.map(([time, name]) => ({ time, name: `${prefix}${name}`, unit }));
}

/** How a page tells whose it is. */
export interface Dialect {
  /** As in the target's identity. */
  readonly product: string;
  /** Every name of its own begins with it. */
  readonly prefix: string;
  readonly rows: readonly NameRow[];
  readonly times?: readonly TimeRow[];
  /** What the page says of the server's settings. */
  readonly fingerprint?: (page: Page) => Fingerprint | undefined;
}

/** Finish reasons of vLLM that are failures. */
const GIVEN_UP = { label: "finished_reason", is: ["abort", "error"] } as const;

export const dialects: readonly Dialect[] = [
  {
    product: "llama.cpp",
    prefix: "llamacpp:",
    rows: [
      { series: "server_running", name: "llamacpp:requests_processing" },
      { series: "server_waiting", name: "llamacpp:requests_deferred" },
      { series: "server_kv_usage", name: "llamacpp:kv_cache_usage_ratio" }, // until May 2025
      { series: "server_prompt_tokens", name: "llamacpp:prompt_tokens_total" },
      { series: "server_cached_tokens", name: "llamacpp:prompt_tokens_cached_total" },
      { series: "server_output_tokens", name: "llamacpp:tokens_predicted_total" },
      { series: "server_requests", name: "plimsoll:requests_total" }, // the embedded server only
      { series: "server_draft_tokens", name: "llamacpp:spec_decode_num_draft_tokens_total" },
      { series: "server_draft_accepted", name: "llamacpp:spec_decode_num_accepted_tokens_total" },
    ],
  },
  {
    product: "vllm",
    prefix: "vllm:",
    times: timesIn("s", "vllm:", [
      ["ttft", "time_to_first_token_seconds"],
      ["itl", "inter_token_latency_seconds"],
      ["itl", "time_per_output_token_seconds"], // until 0.11
      ["tpot", "request_time_per_output_token_seconds"],
      ["e2e", "e2e_request_latency_seconds"],
      ["queue", "request_queue_time_seconds"],
      ["prefill", "request_prefill_time_seconds"],
      ["decode", "request_decode_time_seconds"],
      ["inference", "request_inference_time_seconds"],
    ]),
    fingerprint: vllmFingerprint,
    rows: [
      { series: "server_running", name: "vllm:num_requests_running" },
      { series: "server_waiting", name: "vllm:num_requests_waiting" },
      { series: "server_kv_usage", name: "vllm:kv_cache_usage_perc", over: "mean" },
      { series: "server_kv_usage", name: "vllm:gpu_cache_usage_perc", over: "mean" },
      {
        // It counts prompts as they came, cached tokens included.
        ...{ series: "server_prompt_tokens", name: "vllm:prompt_tokens_total" },
        minus: [
          "vllm:prompt_tokens_cached_total",
          "vllm:prefix_cache_hits_total",
          "vllm:gpu_prefix_cache_hits_total",
        ],
      },
      { series: "server_cached_tokens", name: "vllm:prompt_tokens_cached_total" },
      { series: "server_cached_tokens", name: "vllm:prefix_cache_hits_total" },
      { series: "server_cached_tokens", name: "vllm:gpu_prefix_cache_hits_total" },
      { series: "server_output_tokens", name: "vllm:generation_tokens_total" },
      {
        ...{ series: "server_requests", name: "vllm:request_success_total" },
        where: { ...GIVEN_UP, not: true },
      },
      { series: "server_requests_failed", name: "vllm:request_success_total", where: GIVEN_UP },
      { series: "server_rejections", name: "vllm:admission_rejections_total" },
      { series: "server_preemptions", name: "vllm:num_preemptions_total" },
      { series: "server_draft_tokens", name: "vllm:spec_decode_num_draft_tokens_total" },
      { series: "server_draft_accepted", name: "vllm:spec_decode_num_accepted_tokens_total" },
    ],
  },
  {
    product: "sglang",
    prefix: "sglang:",
    times: timesIn("s", "sglang:", [
      ["ttft", "time_to_first_token_seconds"],
      ["itl", "inter_token_latency_seconds"],
      ["e2e", "e2e_request_latency_seconds"],
      ["queue", "queue_time_seconds"],
    ]),
    rows: [
      { series: "server_running", name: "sglang:num_running_reqs" },
      { series: "server_waiting", name: "sglang:num_queue_reqs" },
      { series: "server_kv_usage", name: "sglang:token_usage", over: "mean" },
      { series: "server_cache_hit_rate", name: "sglang:cache_hit_rate", over: "mean" },
      {
        ...{ series: "server_prompt_tokens", name: "sglang:prompt_tokens_total" },
        minus: ["sglang:cached_tokens_total"],
      },
      { series: "server_cached_tokens", name: "sglang:cached_tokens_total" },
      { series: "server_output_tokens", name: "sglang:generation_tokens_total" },
      {
        ...{ series: "server_requests", name: "sglang:num_requests_total" },
        minus: ["sglang:num_aborted_requests_total"],
      },
      { series: "server_requests_failed", name: "sglang:num_aborted_requests_total" },
    ],
  },
  {
    product: "tensorrt-llm",
    prefix: "trtllm_",
    times: timesIn("s", "trtllm_", [
      ["ttft", "time_to_first_token_seconds"],
      ["tpot", "time_per_output_token_seconds"],
      ["e2e", "e2e_request_latency_seconds"],
      ["queue", "request_queue_time_seconds"],
    ]),
    rows: [
      { series: "server_running", name: "trtllm_num_requests_running" },
      { series: "server_waiting", name: "trtllm_num_requests_waiting" },
      { series: "server_kv_usage", name: "trtllm_kv_cache_utilization", over: "mean" },
      { series: "server_cache_hit_rate", name: "trtllm_kv_cache_hit_rate", over: "mean" },
      { series: "server_prompt_tokens", name: "trtllm_prompt_tokens_total" },
      { series: "server_output_tokens", name: "trtllm_generation_tokens_total" },
      { series: "server_requests", name: "trtllm_request_success_total" },
    ],
  },
  {
    product: "triton",
    prefix: "nv_",
    rows: [
      { series: "server_waiting", name: "nv_inference_pending_request_count" },
      { series: "server_requests", name: "nv_inference_request_success", ofModel: true },
      {
        ...{ series: "server_requests_failed", name: "nv_inference_request_failure" },
        ofModel: true,
      },
      {
        ...{ series: "server_rejections", name: "nv_inference_request_failure", ofModel: true },
        where: { label: "reason", is: ["REJECTED"] },
      },
    ],
  },
  {
    product: "tgi",
    prefix: "tgi_",
    times: timesIn("s", "tgi_", [
      ["tpot", "request_mean_time_per_token_duration"],
      ["e2e", "request_duration"],
      ["queue", "request_queue_duration"],
      ["inference", "request_inference_duration"],
    ]),
    rows: [
      { series: "server_running", name: "tgi_batch_current_size" },
      { series: "server_waiting", name: "tgi_queue_size" },
      { series: "server_prompt_tokens", name: "tgi_request_input_length_sum" },
      { series: "server_output_tokens", name: "tgi_request_generated_tokens_sum" },
      { series: "server_requests", name: "tgi_request_success" },
      { series: "server_requests_failed", name: "tgi_request_failure" },
    ],
  },
];
