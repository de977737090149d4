/**
 * A GPU whose driver shows its figures as files of /sys, one number each: opened once, read from
 * their start every time. Which files there are is found out once.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import type { SeriesName } from "../../core/telemetry.ts";
import { KeptFile } from "../kept-file.ts";
import type { Reading, Source, SourceFacts, Tier } from "../source.ts";
import { Counter } from "./counter.ts";

/** One figure, and the files it may be in, best first. */
export interface SysfsFigure {
  readonly series: SeriesName;
  readonly tier: Tier;
  readonly files: readonly string[];
  /** How many of the file's unit make one of ours. */
  readonly per: number;
  /** It only grows: counted from the first reading on. */
  readonly isCounter?: boolean;
  /** A value that stands for "none". */
  readonly none?: number;
}

export interface SysfsDevice {
  readonly source: string;
  readonly index: number;
  readonly name: string;
  readonly uuid?: string;
  readonly figures: readonly SysfsFigure[];
}

interface OpenFigure {
  readonly figure: SysfsFigure;
  readonly file: KeptFile;
  readonly counter: Counter;
}

export class SysfsReader {
  readonly #device: SysfsDevice;
  readonly #kind: string;
  readonly #open: readonly OpenFigure[];
  readonly #missing: Readonly<Record<string, string>>;
  #restarts = 0;
  #trouble: string | undefined;
  #energy: { readonly at: number; readonly joules: number } | undefined;

  constructor(device: SysfsDevice, kind: string) {
    this.#device = device;
    this.#kind = kind;
    const missing: Record<string, string> = {};
    const count = (): void => {
      this.#restarts += 1;
    };
    this.#open = device.figures.flatMap((figure) => {
      const found = openFirst(figure);
      if ("file" in found) return { figure, file: found.file, counter: new Counter(count) };
      missing[figure.series] = found.reason;
      return [];
    });
    this.#missing = missing;
  }

  get facts(): SourceFacts {
    const { source, index, name, uuid } = this.#device;
    const series = this.#open.map(({ figure }) => figure.series);
    return {
      source,
      kind: this.#kind,
      gives: [...derived(series)],
      missing: this.#missing,
      device: { index, name, ...(uuid !== undefined && { uuid }) },
    };
  }

  /** Why nothing could be read the last time. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  read(tier: Tier, clock: Clock): Reading | undefined {
    const began = clock.now();
    const values: Partial<Record<SeriesName, number>> = {};
    this.#trouble = undefined;
    for (const open of this.#open) {
      if (open.figure.tier === tier) this.#take(open, values);
    }
    const at = (began + clock.now()) / 2;
    this.#derive(values, at);
    if (Object.keys(values).length === 0) return undefined;
    return { source: this.#device.source, at, values, epoch: `${this.#restarts}` };
  }

  close(): void {
    for (const { file } of this.#open) file.close();
  }

  #take({ figure, file, counter }: OpenFigure, values: Partial<Record<SeriesName, number>>): void {
    const { series, per, isCounter = false, none } = figure;
    try {
      const text = file.text().trim();
      if (!/^-?\d+$/.test(text)) return;
      const value = isCounter ? counter.since(BigInt(text)) : Number(text);
      if (value !== none) values[series] = value / per;
    } catch (thrown) {
      this.#trouble = `${this.#device.source}: ${messageOf(thrown)}`;
    }
  }

  /** What follows from the files: the share of memory in use, and power where only energy is. */
  #derive(values: Partial<Record<SeriesName, number>>, at: number): void {
    const { gpu_memory_used: used, gpu_memory_total: total, gpu_energy: joules } = values;
    if (used !== undefined && total !== undefined && total > 0) {
      values.gpu_memory_used_ratio = used / total;
    }
    if (joules === undefined) return;
    const before = this.#energy;
    this.#energy = { at, joules };
    const hasPower = this.#open.some(({ figure }) => figure.series === "gpu_power");
    if (hasPower || before === undefined || at <= before.at || joules < before.joules) return;
    values.gpu_power = (joules - before.joules) / ((at - before.at) / 1e3);
  }
}

function derived(series: readonly SeriesName[]): ReadonlySet<SeriesName> {
  const all = new Set(series);
  if (all.has("gpu_memory_used") && all.has("gpu_memory_total")) all.add("gpu_memory_used_ratio");
  if (all.has("gpu_energy")) all.add("gpu_power");
  return all;
}

type Opened = { readonly file: KeptFile } | { readonly reason: string };

/** The first file that can be read and holds a number. */
function openFirst({ files, none }: SysfsFigure): Opened {
  let reason = "the driver shows no such file";
  for (const path of files) {
    const file = new KeptFile(path);
    try {
      const text = file.text().trim();
      if (/^-?\d+$/.test(text) && Number(text) !== none) return { file };
      reason = `${path}: "${text.slice(0, 40)}"`;
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code !== "ENOENT") reason = messageOf(thrown);
    }
    file.close();
  }
  return { reason };
}

/** Several devices as one source. */
export function sysfsSource(
  kind: string,
  readers: readonly SysfsReader[],
  clock: Clock,
  fingerprint: NonNullable<Source["fingerprint"]>,
): Source {
  return {
    kind,
    tiers: ["fast", "medium"],
    facts: readers.map(({ facts }) => facts),
    fingerprint,
    read(tier) {
      const readings = readers.flatMap((reader) => reader.read(tier, clock) ?? []);
      const trouble = readers.flatMap((reader) => reader.trouble ?? []);
      if (readings.length === 0 && trouble.length > 0) throw new Error(trouble.join("; "));
      return readings;
    },
    close() {
      for (const reader of readers) reader.close();
    },
  };
}

/** Names in a folder, in order; none when it cannot be read. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  } catch {
    return [];
  }
}

/** The text of a file, trimmed; undefined when there is none. */
export function textOf(path: string): string | undefined {
  const file = new KeptFile(path);
  const text = file.peek()?.trim();
  file.close();
  return text === "" ? undefined : text;
}

export interface Card {
  readonly index: number;
  /** `/sys/class/drm/card0` */
  readonly folder: string;
  readonly hwmon: string | undefined;
}

/** The graphics cards of one PCI vendor, as the kernel numbers them. */
export function cardsOf(root: string, vendor: string): readonly Card[] {
  const drm = join(root, "sys/class/drm");
  return namesIn(drm).flatMap((name) => {
    const number = /^card(\d+)$/.exec(name)?.[1];
    const folder = join(drm, name);
    if (number === undefined || textOf(join(folder, "device/vendor")) !== vendor) return [];
    const sensors = namesIn(join(folder, "device/hwmon"))[0];
    const hwmon = sensors === undefined ? undefined : join(folder, "device/hwmon", sensors);
    return [{ index: Number(number), folder, hwmon }];
  });
}

/** The sensor file whose label is this one: `temp1_label` is "edge", so `temp1_input`. */
export function labelled(hwmon: string, kind: "temp" | "energy", label: string): string[] {
  const pattern = new RegExp(`^(${kind}\\d+)_label$`);
  return namesIn(hwmon).flatMap((name) => {
    const sensor = pattern.exec(name)?.[1];
    const isIt = sensor !== undefined && textOf(join(hwmon, name)) === label;
    return isIt ? [join(hwmon, `${sensor}_input`)] : [];
  });
}
