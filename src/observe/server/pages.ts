/** What a server's answers mean: a page of metrics in its several disguises, or why there is none. */
import type { Unavailable } from "../source.ts";
import type { Values } from "./read-names.ts";
import type { Scraped } from "./scrape.ts";

/** The text of a page: some builds of llama-server gave it as one JSON string (its issue 17384). */
export function pageText(text: string): string {
  if (!text.startsWith('"')) return text;
  const inner = parsed(text);
  return typeof inner === "string" ? inner : text;
}

/** TensorRT-LLM's `/metrics`: JSON, one object an iteration since the last call, newest last. */
export function iterationStats(text: string): Values | undefined {
  const json = text.startsWith("[") ? parsed(text) : undefined;
  const last: unknown = Array.isArray(json) ? json.at(-1) : undefined;
  const cache = fieldIn(last, "kvCacheStats");
  const [used, most] = [numberIn(cache, "usedNumBlocks"), numberIn(cache, "maxNumBlocks")];
  const values = {
    server_running: numberIn(last, "numActiveRequests"),
    server_waiting: numberIn(last, "numQueuedRequests"),
    server_kv_usage: used !== undefined && most ? used / most : undefined,
  };
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : (Object.fromEntries(known) as Values);
}

/** Ollama's `/api/ps`: the models that are loaded, and where. */
export function loadedModels(text: string): Values | undefined {
  const models = fieldIn(parsed(text), "models");
  if (!Array.isArray(models)) return undefined;
  const sum = (name: string): number =>
    models.reduce<number>((all, model) => all + (numberIn(model, name) ?? 0), 0);
  return {
    server_ollama_models: models.length,
    server_ollama_size: sum("size"),
    server_ollama_size_vram: sum("size_vram"),
  };
}

/** How each server is made to show metrics. */
const SWITCHES: Readonly<Record<string, string>> = {
  "llama.cpp": "start it with --metrics",
  sglang: "start it with --enable-metrics",
  "tensorrt-llm": "start it with return_perf_metrics: true in its options",
  triton: "start it with --allow-metrics=true, on port 8002",
};

/** Why an answer is no page of metrics. */
export function refusal(path: string, { status }: Scraped, product = ""): Unavailable {
  const advice = SWITCHES[product] ?? "see the server's documentation for its metrics";
  const words: Readonly<Record<number, string>> = {
    401: "wants another key",
    403: "wants another key",
    404: "is not there",
    501: "is switched off",
  };
  const what = status === 200 ? "is no page of metrics" : (words[status] ?? "cannot be read");
  return { kind: product, reason: `${path} ${what} (HTTP ${status})`, advice };
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function numberIn(json: unknown, name: string): number | undefined {
  const value = fieldIn(json, name);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function fieldIn(json: unknown, name: string): unknown {
  return typeof json === "object" && json !== null
    ? (json as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
