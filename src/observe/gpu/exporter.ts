/**
 * GPUs of another machine by an exporter's page. Exporters read the devices at their own pace
 * (dcgm-exporter every 30 s unless told otherwise) and show the same values until then: a reading
 * that repeats the one before has its stamp, and is not counted as a new one.
 */
import type { Clock } from "../../core/clock.ts";
import type { Found, Probe, Reading, Source, SourceFacts } from "../source.ts";
import { readPage } from "../server/prometheus-text.ts";
import { readExporterPage, type ExportedDevice, type ExporterPage } from "./exporter-page.ts";
import { fetchPage } from "./fetch-page.ts";
import { models, sameOrList } from "./fingerprint-fields.ts";

export interface ExporterAddress {
  /** Without credentials; `/metrics` where it names no path. */
  readonly url: string;
  /** Secret. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A page that takes longer is none, ms. nvidia_gpu_exporter may run nvidia-smi for each. */
const PATIENCE = 5000;

export function exporterProbe({ url, headers }: ExporterAddress): Probe {
  return async ({ clock }) => {
    const page = pageUrl(url);
    const look = (): Promise<Looked> => lookAt({ url: page, headers }, clock);
    try {
      const { found } = await look();
      return { source: exporterSource(look, found, new URL(url).hostname) };
    } catch (thrown) {
      const reason = `${page}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
      return absent(reason, "is it an exporter's page? (curl shows what is there)");
    }
  };
}

/** What is asked for: exporters and agents serve at `/metrics`. */
export function pageUrl(url: string): string {
  const parsed = new URL(url);
  if (parsed.pathname === "/") parsed.pathname = "/metrics";
  return parsed.href;
}

interface Looked {
  readonly found: ExporterPage;
  readonly at: number;
}

async function lookAt(address: ExporterAddress, clock: Clock): Promise<Looked> {
  const { status, text, at } = await fetchPage(address, clock, PATIENCE);
  if (status !== 200) throw new Error(`status ${status}`);
  const { samples } = readPage(text);
  const found = readExporterPage(samples);
  if (found === undefined) {
    const what = samples.length === 0 ? "no page of metrics" : "no metrics of GPUs that we know";
    throw new Error(`${what}: ${text.slice(0, 60).replace(/\s+/g, " ")}`);
  }
  if (found.devices.length === 0) throw new Error("no device has any value");
  return { found, at };
}

/** What tells a new reading of a device from the same one again. */
interface Seen {
  text: string;
  stamp: number;
  energy: number;
  restarts: number;
}

function exporterSource(look: () => Promise<Looked>, first: ExporterPage, host: string): Source {
  const { kind } = first.exporter;
  const seen = new Map<string, Seen>();
  return {
    kind,
    tiers: ["medium"],
    facts: first.devices.map((device, index) =>
      factsOf(labelOf(kind, host, device), device, index),
    ),
    fingerprint: fingerprintOf(first.devices),
    async read() {
      const { found, at } = await look();
      return found.devices.map((device): Reading => {
        const source = labelOf(kind, host, device);
        const { stamp, restarts } = notice(seen, source, device);
        return { source, at, values: device.values, stamp, epoch: `${restarts}` };
      });
    },
    close: () => undefined,
  };
}

/** The stamp counts the pages on which something about the device was new. */
function notice(seen: Map<string, Seen>, source: string, device: ExportedDevice): Seen {
  const { values, timestamp } = device;
  const text = JSON.stringify([values, timestamp]);
  const energy = values.gpu_energy ?? 0;
  const before = seen.get(source);
  if (before?.text === text) return before;
  const isRestart = before !== undefined && energy < before.energy;
  const now = {
    text,
    energy,
    stamp: (before?.stamp ?? 0) + 1,
    restarts: (before?.restarts ?? 0) + (isRestart ? 1 : 0),
  };
  seen.set(source, now);
  return now;
}

function labelOf(kind: string, host: string, { key }: ExportedDevice): string {
  return `${kind}@${host}:${key}`;
}

function factsOf(source: string, device: ExportedDevice, index: number): SourceFacts {
  const { uuid, name, values } = device;
  return {
    source,
    kind: source.slice(0, source.indexOf("@")),
    gives: Object.keys(values),
    missing: {},
    device: { index, ...(uuid !== undefined && { uuid }), ...(name !== undefined && { name }) },
  };
}

function fingerprintOf(devices: readonly ExportedDevice[]): Record<string, string | number> {
  const wholes = devices.filter(({ key }) => !key.includes("/"));
  const memory = sameOrList(wholes.map(({ values }) => values.gpu_memory_total));
  const limit = sameOrList(wholes.map(({ values }) => values.gpu_power_limit));
  return {
    "gpu.models": models(wholes.map(({ name }) => name ?? "unknown GPU")),
    ...(memory !== undefined && { "gpu.memory": memory }),
    ...(limit !== undefined && { "gpu.power_limit": limit }),
  };
}

function absent(reason: string, advice: string): Found {
  return { unavailable: { kind: "gpu-metrics", reason, advice } };
}
