/**
 * What a run was measured on, as structured fields: `gpu.model`, `server.flags`, `client.kernel`.
 * Never one opaque hash: a reader must see what differs, and a harmless difference must not split
 * a history (shared reference statistics, 2.3).
 */

/** Dotted field name to value. A field that is not known is absent. */
export type Fingerprint = Readonly<Record<string, string | number | boolean>>;

/**
 * What a difference means to a comparison:
 * `hard` - the runs measured different things: no verdict;
 * `soft` - compared, but with low confidence;
 * `observed` - what the machine did, not what it is: judged by validity gates;
 * `info` - for people only.
 */
export type FieldClass = "hard" | "soft" | "observed" | "info";

/** Fields and the class of a difference in them; a field of no row is `info`. */
export const fingerprintFields = {
  "gpu.models": "hard", // model and count: "2 x NVIDIA H100 80GB HBM3"
  "gpu.memory": "hard",
  "gpu.mig": "hard",
  "gpu.driver_major": "hard",
  "gpu.driver": "soft",
  "gpu.cuda": "hard",
  "gpu.power_limit": "soft",
  "gpu.clocks_policy": "soft",
  "host.cpu": "hard", // of the machine that serves
  "host.cores": "hard",
  "host.memory": "soft",
  "host.kernel": "soft",
  "host.governor": "soft",
  "host.virtualization": "soft",
  "host.container_cpus": "hard",
  "host.container_memory": "hard",
  "client.class": "hard", // arch, cores and whether it shares the server's machine
  "client.cpu": "soft",
  "client.memory": "info",
  "client.kernel": "soft",
  "client.node": "soft",
  "client.workers": "soft",
  "client.container_cpus": "hard",
  "client.hostname": "info",
  "server.kind": "hard",
  "server.product": "hard",
  "server.build": "hard",
  "server.flags": "hard",
  "server.slots": "hard",
  "server.context": "hard",
  "server.tokenizer": "hard",
  "server.cache_config": "hard", // vLLM's block size, prefix caching, type of the cache
  "server.kv_blocks": "soft", // found at every start by what memory is free
  "model.name": "hard",
  "model.root": "hard", // what is served under the model's name, where the server says
  "model.bytes": "hard",
  "model.sha256": "hard",
  "model.quantization": "hard",
  "model.parameters": "hard",
  "plan.hash": "hard", // data set, seed and arrival process: the work, item by item
  "plan.api": "hard",
  "prompts.cached_share": "hard", // of the prompt tokens: a warm cache is another server
  "plimsoll.version": "soft",
  "plimsoll.statistics": "hard", // changes when a metric's definition does
  "git.commit": "info", // of the tree the run was started in
  "git.dirty": "info",
  "observed.gpu_clock_sm": "observed",
  "observed.gpu_throttled": "observed",
  "observed.gpu_temperature": "observed",
  "observed.output_tokens_mean": "observed",
} as const satisfies Readonly<Record<string, FieldClass>>;

/** The class of a difference in this field. */
export function classOfField(field: string): FieldClass {
  return Object.hasOwn(fingerprintFields, field)
    ? fingerprintFields[field as keyof typeof fingerprintFields]
    : "info";
}
