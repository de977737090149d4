/** What the server, the machines and the processes did. */
import { present } from "../../core/present.ts";
import type { SampleCollector, SampleSeries } from "../collect/samples.ts";
import { SourceReadings, sourcesWith, type Readings } from "./levels.ts";
import { rssSlope } from "./rss-slope.ts";
import { told, type HostUsage, type ProcessUsage, type ServerUsage, type Told } from "./usage.ts";

/** Where the server speaks for itself, and where its processes are looked at from outside. */
const SERVER = "server";
const SERVER_PROCESS = "server-process";

/** The server's memory over time: its own series, else that of its processes. */
export function serverMemory(samples: SampleCollector): SampleSeries | undefined {
  return samples.of("server_rss")[0] ?? samples.find("proc_rss", SERVER_PROCESS);
}

/** Undefined where nothing is known of it. */
export function serverUsage(readings: Readings): ServerUsage | undefined {
  const { samples, windows } = readings;
  const server = new SourceReadings(sourceOf(samples), readings);
  const process = new SourceReadings(SERVER_PROCESS, readings);
  const memory = serverMemory(samples);
  const usage = present({
    running: server.level("server_running"),
    waiting: server.level("server_waiting"),
    slotsBusy: server.level("server_slots_busy"),
    kvUsage: server.level("server_kv_usage"),
    cacheHitRate: cacheHitRate(server),
    preemptions: server.growth("server_preemptions"),
    draftAcceptance: draftAcceptance(server),
    cpu: firstLevel(readings, "server_cpu") ?? process.level("proc_cpu"),
    rss: firstLevel(readings, "server_rss") ?? process.level("proc_rss"),
    rssSlope: memory && rssSlope(memory, windows),
  });
  return Object.keys(usage).length === 0 ? undefined : usage;
}

function sourceOf(samples: SampleCollector): string {
  const named = sourcesWith(samples, "server_");
  return named.find((source) => source === SERVER) ?? named[0] ?? SERVER;
}

function firstLevel(readings: Readings, metric: "server_cpu" | "server_rss") {
  const source = readings.samples.of(metric)[0]?.source;
  return source === undefined ? undefined : new SourceReadings(source, readings).level(metric);
}

/** Tokens decide, where they are counted: a mean over time weighs idle moments like busy ones. */
function cacheHitRate(server: SourceReadings): number | undefined {
  const cached = told(server.growth("server_cached_tokens"));
  const computed = told(server.growth("server_prompt_tokens"));
  if (cached !== undefined && computed !== undefined && cached + computed > 0)
    return cached / (cached + computed);
  return server.level("server_cache_hit_rate")?.mean;
}

function draftAcceptance(server: SourceReadings): Told<number> | undefined {
  const drafted = server.growth("server_draft_tokens");
  const accepted = server.growth("server_draft_accepted");
  if (typeof drafted !== "number") return drafted;
  if (typeof accepted !== "number") return accepted;
  return drafted === 0 ? undefined : accepted / drafted;
}

export function hostsOf(readings: Readings): readonly HostUsage[] {
  return sourcesWith(readings.samples, "host_").map((source) => {
    const host = new SourceReadings(source, readings);
    return {
      source,
      ...present({
        cpu: host.level("host_cpu"),
        memoryUsed: host.level("host_memory_used"),
        memoryTotal: host.last("host_memory_total"),
        load: host.level("host_load"),
        swapIn: host.growth("host_swap_in"),
        swapOut: host.growth("host_swap_out"),
        oomKills: host.growth("host_oom_kills"),
        cpuEnergy: host.growth("host_cpu_energy"),
      }),
    };
  });
}

export function processesOf(readings: Readings): readonly ProcessUsage[] {
  return sourcesWith(readings.samples, "proc_").map((source) => {
    const process = new SourceReadings(source, readings);
    return {
      source,
      ...present({
        cpu: process.level("proc_cpu"),
        rss: process.level("proc_rss"),
        throttled: process.level("proc_cpu_throttled"),
      }),
    };
  });
}
