/**
 * Triton's statistics extension (`GET /v2/models/stats`): what a model's requests waited and took,
 * and how many inferences were executed together. Counted since the model was loaded.
 */
import type { HistogramState, ServerHistograms } from "../../core/telemetry-lines.ts";
import { parsed } from "./pages.ts";
import type { Values } from "./read-names.ts";

/** Whose statistics are wanted. */
export interface TritonModels {
  /** The model that is asked; undefined: all there are. */
  readonly model: string | undefined;
  /** Of an ensemble: its parts, in which its requests wait. */
  readonly parts: readonly string[];
  /** The model that puts requests together: the model itself, or the part of an ensemble that does. */
  readonly batching: string | undefined;
}

export interface TritonStatistics {
  readonly values: Values;
  readonly histograms: ServerHistograms;
}

type Json = Readonly<Record<string, unknown>>;

const TIMES = ["queue", "compute_input", "compute_infer", "compute_output"] as const;

/** Undefined when it is no such answer, or has nothing of these models. */
export function tritonStatistics(
  text: string,
  { model, parts, batching }: TritonModels,
): TritonStatistics | undefined {
  const all = listAt(parsed(text), "model_stats");
  const asked = all.filter(({ name }) => model === undefined || name === model);
  if (asked.length === 0) return undefined;
  const waiting = [...asked, ...all.filter(({ name }) => parts.includes(String(name)))];
  const batched = all.filter(({ name }) => name === batching);
  const times = TIMES.map((time) => [
    time,
    timeOf(time, asked, time === "queue" ? waiting : asked),
  ]);
  return {
    values: {
      server_triton_inferences: total(asked, "inference_count"),
      server_triton_executions: total(asked, "execution_count"),
    },
    histograms: {
      ...(Object.fromEntries(times) as ServerHistograms),
      ...(batched.length > 0 && { batch_size: batchSizes(batched) }),
    },
  };
}

/** Own names that only grow. */
export const TRITON_COUNTERS = ["server_triton_inferences", "server_triton_executions"];

/** @param counted whose requests count @param summed whose time is theirs */
function timeOf(
  name: (typeof TIMES)[number],
  counted: readonly Json[],
  summed: readonly Json[],
): HistogramState {
  const duration = (model: Json): Json => objectAt(objectAt(model, "inference_stats"), name);
  return {
    upTo: [],
    counts: [total(counted.map(duration), "count")],
    sum: total(summed.map(duration), "ns") / 1e6,
  };
}

/** Executions by the number of inferences in them. */
function batchSizes(models: readonly Json[]): HistogramState {
  const sizes = new Map<number, number>();
  for (const one of models.flatMap((model) => listAt(model, "batch_stats"))) {
    const size = numberAt(one, "batch_size");
    const executions = numberAt(objectAt(one, "compute_infer"), "count");
    sizes.set(size, (sizes.get(size) ?? 0) + executions);
  }
  const sorted = [...sizes].sort(([a], [b]) => a - b);
  let together = 0;
  const counts = sorted.map(([, executions]) => (together += executions));
  return {
    upTo: sorted.map(([size]) => size),
    counts: [...counts, together],
    sum: sorted.reduce((sum, [size, executions]) => sum + size * executions, 0),
  };
}

function total(models: readonly Json[], name: string): number {
  return models.reduce((sum, model) => sum + numberAt(model, name), 0);
}

function numberAt(json: Json, name: string): number {
  const value = json[name];
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function objectAt(json: unknown, name: string): Json {
  const value = isObject(json) ? json[name] : undefined;
  return isObject(value) ? value : {};
}

function listAt(json: unknown, name: string): readonly Json[] {
  const value = isObject(json) ? json[name] : undefined;
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(json: unknown): json is Json {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
