/** Pages of metrics as servers write them, by hand, and a server that plays a sequence of answers. */
import type { Scrape, Scraped } from "../../src/observe/server/scrape.ts";

export const vllm = (facts: {
  readonly running?: number;
  readonly kvName?: string;
  readonly prompt?: number;
  readonly hits?: string;
  readonly output?: number;
  readonly stopped?: number;
  readonly aborted?: number;
}): string => `# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} ${facts.running ?? 2}.0
vllm:num_requests_running{engine="1",model_name="m"} 1.0
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="m"} 4.0
# TYPE vllm:${facts.kvName ?? "kv_cache_usage_perc"} gauge
vllm:${facts.kvName ?? "kv_cache_usage_perc"}{engine="0",model_name="m"} 0.5
vllm:${facts.kvName ?? "kv_cache_usage_perc"}{engine="1",model_name="m"} 0.25
# TYPE vllm:prompt_tokens counter
vllm:prompt_tokens_total{engine="0",model_name="m"} ${facts.prompt ?? 1000}.0
# TYPE vllm:prompt_tokens_created gauge
vllm:prompt_tokens_created{engine="0",model_name="m"} 1.7e+09
${facts.hits ?? 'vllm:prompt_tokens_cached_total{engine="0",model_name="m"} 400.0'}
# TYPE vllm:generation_tokens counter
vllm:generation_tokens_total{engine="0",model_name="m"} ${facts.output ?? 300}.0
# TYPE vllm:request_success counter
vllm:request_success_total{engine="0",finished_reason="stop",model_name="m"} ${facts.stopped ?? 7}.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="m"} 3.0
vllm:request_success_total{engine="0",finished_reason="abort",model_name="m"} ${(facts.aborted ?? 2) - 1}.0
vllm:request_success_total{engine="0",finished_reason="error",model_name="m"} 1.0
# TYPE vllm:num_preemptions counter
vllm:num_preemptions_total{engine="0",model_name="m"} 5.0
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.001",model_name="m"} 0.0
vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",model_name="m"} 10.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="m"} 10.0
vllm:time_to_first_token_seconds_sum{engine="0",model_name="m"} 2.5
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 1.2e+09
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1.76e+09
# TYPE python_info gauge
python_info{implementation="CPython",major="3"} 1.0
`;

export const llama = (facts: {
  readonly prompt?: number;
  readonly cached?: number;
  readonly output?: number;
}): string => `# HELP llamacpp:prompt_tokens_total Number of prompt tokens processed.
# TYPE llamacpp:prompt_tokens_total counter
llamacpp:prompt_tokens_total ${facts.prompt ?? 100}
# TYPE llamacpp:prompt_tokens_cached_total counter
llamacpp:prompt_tokens_cached_total ${facts.cached ?? 50}
# TYPE llamacpp:tokens_predicted_total counter
llamacpp:tokens_predicted_total ${facts.output ?? 3.21457e6}
# TYPE llamacpp:n_tokens_max counter
llamacpp:n_tokens_max 77
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing 2
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred 1
# TYPE llamacpp:predicted_tokens_seconds gauge
llamacpp:predicted_tokens_seconds nan
`;

export const SGLANG = `# TYPE sglang:num_running_reqs gauge
sglang:num_running_reqs{model_name="m",tp_rank="0"} 8.0
sglang:num_queue_reqs{model_name="m",tp_rank="0"} 3.0
sglang:token_usage{model_name="m",tp_rank="0"} 0.28
sglang:cache_hit_rate{model_name="m",tp_rank="0"} 0.125
# TYPE sglang:prompt_tokens_total counter
sglang:prompt_tokens_total{model_name="m"} 1000.0
sglang:cached_tokens_total{model_name="m",cache_source="device"} 150.0
sglang:cached_tokens_total{model_name="m",cache_source="host"} 50.0
sglang:generation_tokens_total{model_name="m"} 500.0
sglang:num_requests_total{model_name="m"} 12.0
sglang:num_aborted_requests_total{model_name="m"} 2.0
`;

export const TENSORRT = `# TYPE trtllm_num_requests_running gauge
trtllm_num_requests_running{model_name="m"} 4
trtllm_num_requests_waiting{model_name="m"} 1
trtllm_kv_cache_utilization{model_name="m"} 0.75
trtllm_kv_cache_hit_rate{model_name="m"} 0.5
trtllm_prompt_tokens_total{model_name="m"} 900
trtllm_generation_tokens_total{model_name="m"} 450
`;

export const TRITON = `# TYPE nv_inference_request_success counter
nv_inference_request_success{model="a",version="1"} 5
nv_inference_request_success{model="b",version="1"} 4
nv_inference_request_success{model="b",version="2"} 2
nv_inference_request_failure{model="a",reason="OTHER",version="1"} 1
nv_inference_pending_request_count{model="a",version="1"} 2
`;

export const TGI = `# TYPE tgi_queue_size gauge
tgi_queue_size 2
tgi_batch_current_size 5
tgi_request_input_length_sum 800
tgi_request_generated_tokens_sum 160
tgi_request_success{kind="single"} 9
tgi_request_failure{err="overloaded"} 1
`;

export function answer(text: string, changes: Partial<Scraped> = {}): Scraped {
  return { status: 200, headers: {}, text, at: 0, ...changes };
}

/** Plays the answers of each URL one after the other, the last one again and again. */
export function played(
  pages: Readonly<Record<string, readonly (Scraped | Error)[]>>,
): Scrape & { readonly asked: string[] } {
  const asked: string[] = [];
  const turns = new Map<string, number>();
  const scrape = (url: string): Promise<Scraped> => {
    asked.push(url);
    const turn = turns.get(url) ?? 0;
    turns.set(url, turn + 1);
    const all = pages[url];
    const one = all?.[Math.min(turn, all.length - 1)] ?? answer("not found", { status: 404 });
    return one instanceof Error ? Promise.reject(one) : Promise.resolve(one);
  };
  return Object.assign(scrape, { asked });
}
