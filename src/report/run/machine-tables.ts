/** Tables of what the machines did, what it took, and where that is known from. */
import {
  isAbsent,
  told,
  type GpuUsage,
  type Level,
  type Told,
  type Usage,
} from "../../judge/machine/usage.ts";
import type { Summary } from "../../judge/summary.ts";
import type { SourceSummary } from "../../judge/telemetry-summaries.ts";
import {
  cell,
  numberCell,
  table,
  valueCell,
  type Block,
  type Cell,
  type FactsBlock,
} from "../page/blocks.ts";
import { costLine, devices, dollars } from "../text/energy-words.ts";
import { linked } from "../page/glossary.ts";
import { percent, quantity, whole } from "../text/quantity.ts";

function toldCell(figure: Told<number> | undefined, unit: string): Cell {
  const reason = figure !== undefined && isAbsent(figure) ? figure.absent : UNTOLD;
  return valueCell(told(figure), unit, reason);
}

const UNTOLD = "the device does not tell it";

/** One figure of a level that may not be there. */
function levelCell(level: Level | undefined, figure: "mean" | "p50" | "max", unit: string): Cell {
  return valueCell(level?.[figure], unit, UNTOLD);
}

function gpuRow(gpu: GpuUsage): readonly Cell[] {
  const { source, name = "", power, energy, counted } = gpu;
  const below = [name, counted ? "" : "not the server's"].filter((part) => part !== "").join(", ");
  const watts = power !== undefined && isAbsent(power) ? power : told(power)?.mean;
  const joules = energy !== undefined && isAbsent(energy) ? energy : told(energy)?.joules;
  return [
    cell(source, { mono: true, below }),
    levelCell(gpu.utilization, "mean", "%"),
    levelCell(gpu.smActive, "mean", "ratio"),
    levelCell(gpu.dramActive, "mean", "ratio"),
    levelCell(gpu.memoryUsed, "max", "bytes"),
    toldCell(watts, "W"),
    levelCell(gpu.clockSm, "p50", "MHz"),
    levelCell(gpu.temperature, "max", "°C"),
    toldCell(joules, "J"),
    heldCell(gpu),
    reasonsCell(gpu),
  ];
}

function heldCell({ throttle }: GpuUsage): Cell {
  const seconds = throttle?.heldBack.seconds;
  return valueCell(seconds, "s", "the device does not say why its clocks are held");
}

function reasonsCell({ throttle }: GpuUsage): Cell {
  const reasons = throttle?.reasons.map(({ reason, share }) => `${reason} ${percent(share)}`) ?? [];
  return cell(reasons.join(", "), { keep: false });
}

export function gpuTable({ gpus }: Usage): readonly Block[] {
  if (gpus.length === 0) return [];
  const headings = [
    "GPU",
    linked("#utilization", "gpu_utilization"),
    linked("#SM active", "gpu_sm_active"),
    linked("#DRAM active", "gpu_dram_active"),
    linked("#memory, max", "gpu_memory_used"),
    linked("#power", "gpu_power"),
    linked("#SM clock, median", "gpu_clock_sm"),
    linked("#temperature, max", "gpu_temperature"),
    linked("#energy", "gpu_energy"),
    linked("#held back", "gpu_throttle_reasons"),
    "clocks held by",
  ];
  const caption =
    "Over the measured windows; means unless the heading says otherwise. Utilization is the share of time with any kernel resident, not how busy the GPU was. Held back: by heat or a power brake; every reason with its share of the time beside it.";
  return [table(headings, gpus.map(gpuRow), { title: "GPUs", caption })];
}

export function energyFacts(usage: Usage): readonly FactsBlock[] {
  const { energy, cost } = usage;
  if (energy === undefined && cost === undefined) return [];
  const list = [...energyTerms(usage), ...costTerms(usage)];
  const facts = list.map(([term, text]) => ({ term, cell: cell(text) }));
  return [{ partial: "facts", title: "Energy and cost", facts }];
}

type Terms = readonly (readonly [string, string])[];

function energyTerms({ energy }: Usage): Terms {
  if (energy === undefined) return [];
  if (isAbsent(energy)) return [["Energy", `not stated: ${energy.absent}`]];
  const { joules, watts, by, error, disagreement, idle, net } = energy;
  const how = by === "counter" ? "by their own counter" : "by integrating their power";
  const apart =
    disagreement === undefined ? "" : `; counter and integral ${percent(disagreement)} apart`;
  const work = (of: typeof net | typeof energy): string =>
    [
      ["an output token", of?.perOutputToken] as const,
      ["a token, prompt tokens included", of?.perTotalToken] as const,
      ["a request", of?.perRequest] as const,
    ]
      .flatMap(([name, value]) => (value === undefined ? [] : [`${quantity(value, "J")} ${name}`]))
      .join(", ");
  return [
    [
      "Energy",
      `${quantity(joules, "J")} of ${devices(energy)}, ${how}; ${quantity(watts, "W")} on average, ± ${percent(error)}${apart}`,
    ],
    ["Gross", work(energy)],
    net === undefined
      ? ["Net of idle", `not stated: ${isAbsent(idle) ? idle.absent : "nothing to share it by"}`]
      : [
          "Net of idle",
          `${work(net)} (${quantity(told(idle)?.watts ?? NaN, "W")} idle before the load)`,
        ],
  ];
}

function costTerms(usage: Usage): Terms {
  const { cost } = usage;
  if (cost === undefined) return [];
  const { gpuHourPrice, energyPrice, pue = 1 } = cost.given;
  const prices = [
    gpuHourPrice === undefined ? "" : `${dollars(gpuHourPrice)} a GPU and hour`,
    energyPrice === undefined ? "" : `${dollars(energyPrice)} a kWh, PUE ${pue}`,
  ].filter((part) => part !== "");
  const reasons = [cost.rental, cost.energy].flatMap((figure) =>
    figure !== undefined && isAbsent(figure) ? [figure.absent] : [],
  );
  const line = costLine(usage);
  const stated = line === undefined ? [] : [line];
  return [
    ["Cost", [...stated, ...reasons.map((reason) => `not stated: ${reason}`)].join("; ")],
    ["Prices", prices.join("; ")],
  ];
}

export function serverFacts({ server }: Usage): readonly FactsBlock[] {
  if (server === undefined) return [];
  const { running, waiting, slotsBusy, kvUsage, cpu, rss, rssSlope } = server;
  const slope = told(rssSlope);
  const list: readonly (readonly [string, Cell | undefined])[] = [
    ["Requests at work", meanAndMost(running, "")],
    ["Requests waiting", meanAndMost(waiting, "")],
    ["Slots busy", meanAndMost(slotsBusy, "")],
    ["KV cache in use", meanAndMost(kvUsage, "ratio")],
    ["Prompt tokens from the cache", known(server.cacheHitRate, "ratio")],
    [
      "Preemptions",
      server.preemptions === undefined ? undefined : toldCell(server.preemptions, ""),
    ],
    [
      "Drafted tokens accepted",
      server.draftAcceptance === undefined ? undefined : toldCell(server.draftAcceptance, "ratio"),
    ],
    ["CPU", meanAndMost(cpu, "cores")],
    ["Memory", meanAndMost(rss, "bytes")],
    [
      "Memory's growth",
      slope === undefined
        ? undefined
        : cell(
            `${quantity(slope.value, "bytes/s")} (95 %: ${quantity(slope.low, "bytes/s")} to ${quantity(slope.high, "bytes/s")})`,
          ),
    ],
  ];
  const facts = list.flatMap(([term, found]) =>
    found === undefined ? [] : [{ term, cell: found }],
  );
  return facts.length === 0 ? [] : [{ partial: "facts", title: "The server", facts }];
}

function known(value: number | undefined, unit: string): Cell | undefined {
  return value === undefined ? undefined : cell(quantity(value, unit));
}

function meanAndMost(
  level: { readonly mean: number; readonly max: number } | undefined,
  unit: string,
): Cell | undefined {
  if (level === undefined) return undefined;
  return cell(`${quantity(level.mean, unit)} on average, ${quantity(level.max, unit)} at most`);
}

function sourceRow(source: SourceSummary): readonly Cell[] {
  return [
    cell(source.source, { mono: true }),
    cell(source.kind),
    givesCell(source),
    ...accountCells(source.account),
  ];
}

function givesCell({ available, reason, advice, gives = [], missing = {} }: SourceSummary): Cell {
  if (!available) return cell(`– ${reason ?? "not there"}`, { below: advice ?? "" });
  const lacking = Object.entries(missing).map(([name, why]) => `${name}: ${why}`);
  return cell(gives.join(", "), { below: lacking.join("; ") });
}

function accountCells(account: SourceSummary["account"]): readonly Cell[] {
  const none = "it was not read";
  if (account === undefined) return Array.from({ length: 7 }, () => numberCell(undefined, none));
  const { reads, callP50, callP99, duty, errors, missed, stale } = account;
  return [
    numberCell(whole(reads)),
    valueCell(callP50, "ms"),
    valueCell(callP99, "ms"),
    valueCell(duty, "ratio"),
    ...[errors, missed, stale].map((count) => numberCell(whole(count))),
  ];
}

export function sourcesTable({ sources }: Summary): readonly Block[] {
  if (sources.length === 0) return [];
  const headings = [
    ...["source", "read with", "gives, or why not", "#reads", "#a read, p50", "#p99"],
    ...["#cost", "#errors", "#missed", "#stale"],
  ];
  const caption =
    "Cost: share of the time spent reading, on a thread of its own. Missed: readings not taken, because the one before was still under way. Stale: repeats of a reading, not counted twice.";
  const found = sources.filter(({ available }) => available).length;
  const fold = `Sources of telemetry (${found} of ${sources.length} give something here)`;
  return [table(headings, sources.map(sourceRow), { caption, fold })];
}

export function fingerprintTable({ fingerprint }: Summary): readonly Block[] {
  const fields = Object.entries(fingerprint).sort(([a], [b]) => (a < b ? -1 : 1));
  if (fields.length === 0) return [];
  const rows = fields.map(([name, value]) => [
    cell(name, { mono: true }),
    cell(String(value), { mono: true }),
  ]);
  return [table(["field", "value"], rows, { fold: `Fingerprint (${fields.length} fields)` })];
}
