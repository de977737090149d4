/** What vLLM's page says of its settings: the labels of `vllm:cache_config_info`. */
import type { Fingerprint } from "../../core/fingerprint.ts";
import type { Page } from "./prometheus-text.ts";

/** Counted anew at every start, by what memory happens to be free. */
const MEASURED: ReadonlySet<string> = new Set([
  "engine",
  "kv_cache_max_concurrency",
  "kv_cache_memory_bytes",
  "kv_cache_size_tokens",
  "num_cpu_blocks",
  "num_gpu_blocks",
]);

export function vllmFingerprint({ samples }: Page): Fingerprint | undefined {
  const found = samples.find(({ name }) => name === "vllm:cache_config_info");
  if (found === undefined) return undefined;
  const { labels } = found;
  const settings = Object.entries(labels)
    .filter(([name, value]) => !MEASURED.has(name) && value !== "None" && value !== "")
    .map(([name, value]) => `${name}=${value}`)
    .sort();
  const blocks = Number(labels["num_gpu_blocks"] ?? NaN);
  return {
    "server.cache_config": settings.join(" "),
    ...(Number.isFinite(blocks) && { "server.kv_blocks": blocks }),
  };
}
