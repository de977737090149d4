/**
 * The telemetry vocabulary: every series a sampler may yield, one row each, whatever the source
 * calls it. Thresholds, summaries, reports and `docs/metrics.md` follow this table; a source may
 * also yield series of its own names, kept as they came (`server_vllm_…`).
 *
 * Units are SI: bytes, seconds, joules, watts, Hz as MHz where the field says MHz. Shares are 0 to 1,
 * but for `gpu_utilization`: drivers, exporters and people all say it in percent (`avg>70`), so a
 * source yields it as percent, 0 to 100, and multiplies what it reads as a share.
 */

/** A gauge is a level; a counter only grows, and its differences mean something. */
export type SeriesKind = "gauge" | "counter";

export type SeriesUnit =
  | "ratio"
  | "%"
  | "bytes"
  | "bytes/s"
  | "W"
  | "J"
  | "°C"
  | "MHz"
  | "s"
  | "ms"
  | "tokens"
  | "tokens/s"
  | "requests"
  | "slots"
  | "bits"
  | "1";

export interface SeriesRow {
  readonly kind: SeriesKind;
  readonly unit: SeriesUnit;
  /** One line for people; the full definition is in docs/metrics.md. */
  readonly title: string;
}

function gauge(unit: SeriesUnit, title: string): SeriesRow {
  return { kind: "gauge", unit, title };
}

function counter(unit: SeriesUnit, title: string): SeriesRow {
  return { kind: "counter", unit, title };
}

export const seriesRows = {
  // One GPU. Source: `nvml:0`, `nvidia-smi:0`, `amd:0`, `dcgm:0`, …
  // Percent, 0 to 100; every other share is a ratio.
  gpu_utilization: gauge("%", "share of time with any kernel resident; not how busy it was"),
  gpu_sm_active: gauge("ratio", "share of SM time with a warp resident"),
  gpu_tensor_active: gauge("ratio", "share of time the tensor pipes were busy"),
  gpu_dram_active: gauge("ratio", "share of time the memory interface was busy"),
  gpu_memory_busy: gauge("ratio", "share of time the memory was read or written"),
  gpu_memory_used: gauge("bytes", "memory in use, the driver's own included"),
  gpu_memory_total: gauge("bytes", "memory there is"),
  gpu_memory_reserved: gauge("bytes", "memory the driver keeps for itself"),
  gpu_memory_used_ratio: gauge("ratio", "memory in use / memory there is"),
  gpu_power: gauge("W", "power, the shortest average the device gives"),
  gpu_power_average: gauge("W", "power, averaged by the device over about 1 s"),
  gpu_power_limit: gauge("W", "power limit in force"),
  gpu_energy: counter("J", "energy, the device's own counter"),
  gpu_temperature: gauge("°C", "temperature of the chip"),
  gpu_memory_temperature: gauge("°C", "temperature of the memory"),
  gpu_clock_sm: gauge("MHz", "clock of the SMs"),
  gpu_clock_memory: gauge("MHz", "clock of the memory"),
  gpu_throttle_reasons: gauge("bits", "why the clocks are held, as NVML's bits"),
  gpu_throttle_power: counter("s", "time held back by the power limit"),
  gpu_throttle_thermal: counter("s", "time held back by heat"),
  gpu_throttle_brake: counter("s", "time held back by the power brake"),
  gpu_pcie_tx: counter("bytes", "sent over PCIe"),
  gpu_pcie_rx: counter("bytes", "received over PCIe"),
  gpu_processes: gauge("1", "processes with a compute context on the device"),
  // Tells which GPUs are the server's: energy and cost count those (all of them without it).
  gpu_server_memory: gauge("bytes", "memory held by the server's processes"),
  gpu_foreign_memory: gauge("bytes", "memory held by processes other than the server"),
  // The machine Plimsoll, or the agent, runs on. Source: `host`, or `agent:NAME`.
  host_cpu: gauge("ratio", "busy share of all cores"),
  host_cpu_steal: gauge("ratio", "CPU time that the hypervisor gave to others"),
  host_cores: gauge("1", "cores that are online"),
  host_memory_used: gauge("bytes", "memory not available to a new program"),
  host_memory_total: gauge("bytes", "memory there is"),
  host_swap_in: counter("bytes", "read back from swap"),
  host_swap_out: counter("bytes", "written to swap"),
  host_oom_kills: counter("1", "processes killed for lack of memory"),
  host_network_rx: counter("bytes", "received, loopback excluded"),
  host_network_tx: counter("bytes", "sent, loopback excluded"),
  host_disk_read: counter("bytes", "read from disks"),
  host_disk_written: counter("bytes", "written to disks"),
  host_load: gauge("1", "tasks running or waiting, 1-minute average"),
  host_cpu_energy: counter("J", "energy of the CPU packages (RAPL)"),
  // A process. Source: `server-process` (with its children) or `client`.
  proc_cpu: gauge("ratio", "cores' worth of CPU time used: 1.5 is one and a half cores"),
  proc_cpu_time: counter("s", "CPU time used"),
  proc_rss: gauge("bytes", "resident memory"),
  proc_threads: gauge("1", "threads"),
  proc_cpu_throttled: gauge("ratio", "share of scheduler periods cut off by a CPU quota"),
  // The server, by its own account. Source: `server`.
  server_running: gauge("requests", "requests it is working on"),
  server_waiting: gauge("requests", "requests it has queued"),
  server_slots_busy: gauge("slots", "slots in use"),
  server_kv_usage: gauge("ratio", "KV cache in use"),
  server_cache_hit_rate: gauge("ratio", "share of prompt tokens found in the cache"),
  server_prompt_tokens: counter("tokens", "prompt tokens processed, cached ones excluded"),
  server_cached_tokens: counter("tokens", "prompt tokens taken from the cache"),
  server_output_tokens: counter("tokens", "tokens generated"),
  server_output_tokens_live: counter("tokens", "tokens generated, by requests under way too"),
  server_requests: counter("requests", "requests ended well"),
  server_requests_failed: counter("requests", "requests ended badly"),
  server_rejections: counter("requests", "requests turned away for want of room"),
  server_preemptions: counter("1", "requests pushed out and started again"),
  server_draft_tokens: counter("tokens", "tokens drafted by speculation"),
  server_draft_accepted: counter("tokens", "drafted tokens that were accepted"),
  server_rss: gauge("bytes", "resident memory of the server's processes"),
  server_cpu: gauge("ratio", "cores' worth of CPU time of the server's processes"),
  server_rss_slope: gauge("bytes/s", "growth of the server's memory; a leak in a soak"),
} as const satisfies Readonly<Record<string, SeriesRow>>;

export type SeriesName = keyof typeof seriesRows;

/** The row of a series; undefined for one that a server named itself. */
export function findSeries(name: string): SeriesRow | undefined {
  return Object.hasOwn(seriesRows, name) ? seriesRows[name as SeriesName] : undefined;
}
