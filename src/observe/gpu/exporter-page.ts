/** From an exporter's page to devices with values in the vocabulary's units. */
import type { SeriesName } from "../../core/telemetry.ts";
import type { PageSample } from "../server/prometheus-text.ts";
import { exporters, isBlank, type Exporter, type ExporterRow } from "./exporter-names.ts";

export interface ExportedDevice {
  /** `0`, or `0/3` for an instance of a divided device. */
  readonly key: string;
  readonly uuid?: string;
  readonly name?: string;
  readonly values: Partial<Record<SeriesName, number>>;
  /** The latest time stamp of its samples, in the exporter's own unit; most give none. */
  readonly timestamp?: number;
}

export interface ExporterPage {
  readonly exporter: Exporter;
  readonly devices: readonly ExportedDevice[];
}

/** Undefined when no exporter that we know wrote it. */
export function readExporterPage(samples: readonly PageSample[]): ExporterPage | undefined {
  const exporter = exporters.find(({ prefix }) => samples.some(({ name }) => prefix.test(name)));
  if (exporter === undefined) return undefined;
  const groups = new Map<string, PageSample[]>();
  for (const sample of samples) {
    for (const key of keysOf(exporter, sample)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [sample]);
      else group.push(sample);
    }
  }
  const devices = [...groups]
    .map(([key, group]) => deviceOf(exporter, key, group))
    .filter(({ values }) => Object.keys(values).length > 0)
    .sort((a, b) => a.key.localeCompare(b.key, "en", { numeric: true }));
  return { exporter, devices };
}

/** A sample of an instance (MIG) may also tell of the device it is a part of. */
function keysOf(exporter: Exporter, { labels }: PageSample): readonly string[] {
  const label = exporter.deviceLabels.find((name) => nonEmpty(labels[name]));
  const device = label === undefined ? undefined : labels[label];
  if (device === undefined) return [];
  const instance = exporter.instanceLabel === undefined ? "" : labels[exporter.instanceLabel];
  return nonEmpty(instance) ? [device, `${device}/${instance}`] : [device];
}

function deviceOf(exporter: Exporter, key: string, samples: readonly PageSample[]): ExportedDevice {
  const isInstance = key.includes("/");
  const { instanceLabel } = exporter;
  const values: Partial<Record<SeriesName, number>> = {};
  for (const row of exporter.rows) {
    const isWhole = row.isWhole === true;
    if (isInstance && isWhole) continue;
    const own = samples.filter(
      ({ labels }) =>
        isInstance || isWhole || instanceLabel === undefined || !nonEmpty(labels[instanceLabel]),
    );
    const value = valueOf(row, own);
    if (value !== undefined) values[row.series] = value;
  }
  complete(exporter, values);
  const timestamps = samples.flatMap(({ timestamp }) => timestamp ?? []);
  const uuid = labelOf(samples, exporter.uuidLabel);
  const name = labelOf(samples, exporter.nameLabel);
  return {
    key,
    values,
    ...(uuid !== undefined && { uuid }),
    ...(name !== undefined && { name }),
    ...(timestamps.length > 0 && { timestamp: Math.max(...timestamps) }),
  };
}

function valueOf(row: ExporterRow, samples: readonly PageSample[]): number | undefined {
  const { names, times, labels = {}, isSum = false } = row;
  const found = names.flatMap((name) => {
    const sample = samples.find(
      (one) =>
        one.name.replace(/^amd_/, "") === name &&
        !isBlank(one.value) &&
        Object.entries(labels).every(([label, value]) => one.labels[label] === value),
    );
    return sample === undefined ? [] : [sample.value];
  });
  if (found.length === 0) return undefined;
  if (isSum && !samples.some(({ name }) => name === names[0])) return undefined;
  return scaled(isSum ? found.reduce((sum, value) => sum + value, 0) : (found[0] ?? NaN), times);
}

/** Divides where the factor is a fraction: 0.41 rather than 0.41000000000000003. */
function scaled(value: number, times: number): number {
  return times < 1 ? value / Math.round(1 / times) : value * times;
}

function complete(exporter: Exporter, values: Partial<Record<SeriesName, number>>): void {
  const { gpu_memory_used: used, gpu_memory_reserved: reserved = 0 } = values;
  if (used === undefined)
    delete values.gpu_memory_total; // a sum without its largest part
  else if (exporter.usedExcludesReserved) values.gpu_memory_used = used + reserved;
  const { gpu_memory_used: all, gpu_memory_total: total } = values;
  if (all !== undefined && total !== undefined && total > 0) {
    values.gpu_memory_used_ratio = all / total;
  }
}

function labelOf(samples: readonly PageSample[], label: string): string | undefined {
  return samples.map(({ labels }) => labels[label]).find(nonEmpty);
}

function nonEmpty(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}
