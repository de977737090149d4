/** Charts of what the machines did, on the same axis as the traffic. */
import type { SeriesName } from "../../core/telemetry.ts";
import { GIB } from "../../core/units.ts";
import type { Column, Series, TelemetrySeries } from "../../judge/series/series.ts";
import type { Block, ChartBlock } from "../page/blocks.ts";
import type { ChartLine, ColourRole } from "../page/chart-spec.ts";
import { timeChart } from "../page/charts.ts";

/** As many sources as there are colours. */
const ROLES: readonly ColourRole[] = ["sea", "brass", "deep", "pass", "slate", "ink"];

/** NVML's bits for heat, slowdown and power brake (judge/machine/throttle.ts). */
const FAULTS = 0xe8;

interface Look {
  readonly label?: string;
  readonly unit: string;
  readonly axis?: "left" | "right";
  readonly role?: ColourRole;
  readonly factor?: number;
  readonly dash?: boolean;
}

/** Readings on the intervals of the run: the mean of those in each. */
function onIntervals(series: Series, line: TelemetrySeries, factor: number): Column {
  const sums = series.at.map(() => ({ sum: 0, count: 0 }));
  line.at.forEach((at, index) => {
    const slot = sums[Math.floor((at - series.start) / series.intervalMs)];
    const value = line.values[index];
    if (slot === undefined || value === undefined || !Number.isFinite(value)) return;
    slot.sum += value * factor;
    slot.count += 1;
  });
  return sums.map(({ sum, count }) => (count === 0 ? null : sum / count));
}

function of(series: Series, metric: SeriesName): readonly TelemetrySeries[] {
  return series.telemetry.filter((line) => line.metric === metric);
}

/** One line a source; where there is one source only, under the label of the look. */
function lines(series: Series, metric: SeriesName, look: Look): readonly ChartLine[] {
  const found = of(series, metric).slice(0, ROLES.length);
  const { label, unit, axis = "left", role, factor = 1, dash = false } = look;
  return found.map((line, index) => ({
    label: found.length === 1 && label !== undefined ? label : named(line.source, label),
    unit,
    axis,
    role: (found.length === 1 ? role : undefined) ?? ROLES[index] ?? "sea",
    dash,
    bridge: true,
    values: onIntervals(series, line, factor),
  }));
}

function named(source: string, label: string | undefined): string {
  return label === undefined ? source : `${source} ${label}`;
}

const percentOf = { unit: "%", factor: 100 } as const;

function gpuActivity(series: Series): ChartBlock | undefined {
  const words = {
    id: "gpu-activity",
    title: "GPU activity",
    caption:
      "Utilization is the share of time with any kernel resident, not how busy the GPU was: decoding that waits for memory reads 100 %. SM and DRAM activity, where the device tells them, say more.",
  };
  const utilization = lines(series, "gpu_utilization", { label: "utilization", unit: "%" });
  // Of several GPUs the rest has a chart of its own: colours tell one from another.
  const rest = utilization.length > 1 ? [] : activityLines(series);
  return timeChart(words, series, [...utilization, ...rest], { metric: "gpu_utilization" });
}

function activityLines(series: Series): readonly ChartLine[] {
  return [
    ...lines(series, "gpu_sm_active", { label: "SM active", role: "brass", ...percentOf }),
    ...lines(series, "gpu_dram_active", {
      ...{ label: "DRAM active", role: "deep", ...percentOf },
      dash: of(series, "gpu_dram_active").length > 1,
    }),
  ];
}

function gpuUnits(series: Series): ChartBlock | undefined {
  if (of(series, "gpu_utilization").length < 2) return undefined;
  const caption = "SM active, and DRAM active dashed.";
  const words = { id: "gpu-units", title: "SM and DRAM activity", caption };
  return timeChart(words, series, activityLines(series), { metric: "gpu_sm_active" });
}

function gpuPower(series: Series): ChartBlock | undefined {
  const words = { id: "gpu-power", title: "GPU power", caption: "Limit in force: dashed." };
  const power = lines(series, "gpu_power", { label: "power", unit: "W" });
  const average = lines(series, "gpu_power_average", { label: "power, 1 s average", unit: "W" });
  const limit = lines(series, "gpu_power_limit", { label: "limit", unit: "W", role: "ink" });
  return timeChart(
    words,
    series,
    [
      ...(power.length > 0 ? power : average),
      ...limit.slice(0, 1).map((line) => ({ ...line, dash: true })),
    ],
    { metric: "gpu_power" },
  );
}

function gpuClocks(series: Series): ChartBlock | undefined {
  const words = {
    id: "gpu-clocks",
    title: "GPU clocks",
    caption:
      "Shaded (right): share of the readings in which heat or a power brake held a GPU back.",
  };
  const clocks = lines(series, "gpu_clock_sm", { label: "SM clock", unit: "MHz" });
  return timeChart(words, series, [...clocks, ...heldBack(series)], { metric: "gpu_clock_sm" });
}

/** Only where something was held back: a flat line would be noise. */
function heldBack(series: Series): readonly ChartLine[] {
  const bits = of(series, "gpu_throttle_reasons").map((line) => ({
    ...line,
    values: line.values.map((value) => ((value & FAULTS) === 0 ? 0 : 100)),
  }));
  const held = bits.filter(({ values }) => values.some((value) => value > 0)).slice(0, 1);
  return held.map((line) => ({
    label: "held back",
    unit: "%",
    axis: "right",
    role: "fail",
    draw: "steps",
    fill: true,
    bridge: true,
    values: onIntervals(series, line, 1),
  }));
}

function gpuMemory(series: Series): ChartBlock | undefined {
  const words = {
    id: "gpu-memory",
    title: "GPU memory",
    caption: "Servers take it at their start: it says whether the model fits, not how busy it is.",
  };
  const look = { label: "used", unit: "GiB", factor: 1 / GIB };
  return timeChart(words, series, lines(series, "gpu_memory_used", look), {
    metric: "gpu_memory_used",
  });
}

function gpuTemperature(series: Series): ChartBlock | undefined {
  const words = { id: "gpu-temperature", title: "GPU temperature", caption: "" };
  return timeChart(
    words,
    series,
    [
      ...lines(series, "gpu_temperature", { label: "chip", unit: "°C" }),
      ...lines(series, "gpu_memory_temperature", { label: "memory", unit: "°C", role: "brass" }),
    ],
    { metric: "gpu_temperature" },
  );
}

function serverLoad(series: Series): ChartBlock | undefined {
  const words = {
    id: "server-load",
    title: "The server's queue and slots",
    caption: "By the server's own account: requests and slots (left), KV cache in use (right).",
  };
  const requests = { unit: "", axis: "left" } as const;
  return timeChart(
    words,
    series,
    [
      ...lines(series, "server_running", { ...requests, label: "running", role: "sea" }),
      ...lines(series, "server_waiting", { ...requests, label: "waiting", role: "fail" }),
      ...lines(series, "server_slots_busy", { ...requests, label: "slots busy", role: "deep" }),
      ...lines(series, "server_kv_usage", {
        ...percentOf,
        label: "KV cache",
        axis: "right",
        role: "brass",
      }),
    ],
    { metric: "server_running" },
  );
}

/** What the server did with its cache, and for want of room. */
function serverPressure(series: Series): ChartBlock | undefined {
  const words = {
    id: "server-pressure",
    title: "The server's cache hits, preemptions and rejections",
    caption:
      "By the server's own account: share of prompt tokens found in its cache (right); requests pushed out and started again, and requests turned away, a second (left).",
  };
  const events = { unit: "/s", axis: "left" } as const;
  const counted = [
    ...rates(series, "server_preemptions", { ...events, label: "preemptions", role: "brass" }),
    ...rates(series, "server_rejections", { ...events, label: "rejections", role: "fail" }),
  ];
  return timeChart(
    words,
    series,
    [
      ...lines(series, "server_cache_hit_rate", {
        ...percentOf,
        label: "cache hits",
        axis: "right",
        role: "sea",
      }),
      ...counted,
    ],
    { metric: "server_cache_hit_rate" },
  );
}

/** Growth of a counter a second, from one reading to the next; nothing of one that never grew. */
function rates(series: Series, metric: SeriesName, look: Look): readonly ChartLine[] {
  const grown = of(series, metric).flatMap(({ source, at, values }) => {
    const growth = values.map((value, i) => perSecond(value, values[i - 1], at[i], at[i - 1]));
    return growth.some((value) => value > 0) ? [{ metric, source, at, values: growth }] : [];
  });
  return grown.slice(0, ROLES.length).map((line, index) => ({
    label: grown.length === 1 ? (look.label ?? metric) : named(line.source, look.label),
    ...{ unit: look.unit, axis: look.axis ?? "left", role: look.role ?? ROLES[index] ?? "sea" },
    bridge: true,
    values: onIntervals(series, line, 1),
  }));
}

/** NaN where it cannot be told: the first reading, and one after a restart. */
function perSecond(value: number, before = NaN, at = NaN, since = NaN): number {
  return value < before || at <= since ? NaN : ((value - before) / (at - since)) * 1000;
}

function hostCpu(series: Series): ChartBlock | undefined {
  const words = {
    id: "host-cpu",
    title: "CPUs of the machines",
    caption: "Busy share of all cores.",
  };
  return timeChart(words, series, lines(series, "host_cpu", { ...percentOf, label: "CPU" }), {
    metric: "host_cpu",
  });
}

function processes(series: Series): ChartBlock | undefined {
  const words = {
    id: "processes",
    title: "Processes",
    caption: "CPU in cores (left), resident memory (right, dashed).",
  };
  const memory = { unit: "GiB", axis: "right", factor: 1 / GIB } as const;
  return timeChart(
    words,
    series,
    [
      ...lines(series, "proc_cpu", { label: "CPU", unit: "cores" }),
      ...lines(series, "proc_rss", { ...memory, label: "memory", dash: true }),
    ],
    { metric: "proc_cpu" },
  );
}

/** In pairs; none where nothing was sampled. */
export function machineCharts(series: Series): readonly Block[] {
  const all = [gpuActivity, gpuUnits, gpuPower, gpuClocks, gpuMemory, gpuTemperature].map((one) =>
    one(series),
  );
  const rest = [serverLoad, serverPressure, hostCpu, processes].map((one) => one(series));
  const present = [...all, ...rest].filter((chart) => chart !== undefined);
  return present.length === 0 ? [] : [{ partial: "pair", blocks: present }];
}
