/** The latest values as a page of Prometheus' text format, named `plimsoll_…`. */
import type { ReadingsLine } from "../../core/telemetry-lines.ts";
import { findSeries } from "../../core/telemetry.ts";
import type { SourceFacts } from "../source.ts";
import { AGENT_METRIC, type Hello } from "./messages.ts";

/** What has not been told for so long is no longer so, ms. */
const FRESH = 10_000;

interface Told {
  readonly at: number;
  readonly value: number;
}

/** Every series of every source as it was last told. */
export class LatestValues {
  readonly #values = new Map<string, Map<string, Told>>();

  add({ source, metrics, rows }: ReadingsLine): void {
    const values = this.#values.get(source) ?? new Map<string, Told>();
    this.#values.set(source, values);
    for (const row of rows) {
      for (const [index, metric] of metrics.entries()) {
        const [at, value] = [row[0], row[index + 1]];
        if (typeof at === "number" && typeof value === "number") values.set(metric, { at, value });
      }
    }
  }

  /** @param now ms on the clock of the readings */
  page({ hostname, sources }: Hello, version: string, now: number): string {
    const info = labelText({ version, hostname });
    const lines = [`# TYPE ${AGENT_METRIC} gauge`, `${AGENT_METRIC}${info} 1`];
    const metrics = new Set([...this.#values.values()].flatMap((values) => [...values.keys()]));
    for (const metric of [...metrics].sort()) {
      const row = findSeries(metric);
      lines.push(...(row === undefined ? [] : [`# HELP plimsoll_${metric} ${row.title}`]));
      lines.push(`# TYPE plimsoll_${metric} ${row?.kind ?? "untyped"}`);
      for (const [source, values] of this.#values) {
        const told = values.get(metric);
        if (told === undefined || now - told.at > FRESH) continue;
        const labels = labelText(labelsOf(source, sources));
        lines.push(`plimsoll_${metric}${labels} ${told.value}`);
      }
    }
    return `${lines.join("\n")}\n`;
  }
}

function labelsOf(source: string, sources: readonly SourceFacts[]): Record<string, string> {
  const device = sources.find((facts) => facts.source === source)?.device;
  return {
    source,
    ...(device?.uuid !== undefined && { uuid: device.uuid }),
    ...(device?.name !== undefined && { name: device.name }),
  };
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const escaped = Object.entries(labels).map(
    ([name, value]) =>
      `${name}="${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`,
  );
  return `{${escaped.join(",")}}`;
}
