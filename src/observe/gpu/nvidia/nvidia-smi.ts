/**
 * NVIDIA GPUs through one `nvidia-smi` that goes on writing, here or on another machine by `ssh`.
 * No energy counter, and nothing faster than 250 ms. Readings are stamped when they arrive: the
 * program's own time is local time of a zone it does not name, good for telling repeats apart only.
 */
import type { Fingerprint } from "../../../core/fingerprint.ts";
import type { Found, Probe, ProbeContext, Reading, Source, SourceFacts } from "../../source.ts";
import { models, sameOrList } from "../fingerprint-fields.ts";
import { PartStream } from "../part-stream.ts";
import { runOnce, type Command } from "../run-once.ts";
import {
  chooseFields,
  knownFields,
  readRow,
  smiFacts,
  valuesOf,
  type SmiRow,
} from "./smi-fields.ts";

/** Between two rows of a device, ms. */
const INTERVAL = 250;
/** Starting nvidia-smi takes seconds where the driver has to wake the devices first, ms. */
const START_PATIENCE = 9000;
const SILENCE = 5000;
const KIND = "nvidia-smi";

export interface SmiOptions {
  /** A machine to ask by `ssh`; must not ask for a password. */
  readonly host?: string;
  /** Pause before it is started again, ms. */
  readonly pause?: number;
}

export function nvidiaSmiProbe(options: SmiOptions = {}): Probe {
  const { host } = options;
  return async (context) => {
    if (host?.startsWith("-") === true)
      return unavailable(`"${host}" is not the name of a machine`);
    const ask = (parameters: readonly string[]): ReturnType<typeof runOnce> =>
      runOnce(commandFor(host, parameters), context.env, START_PATIENCE);
    const help = await ask(["--help-query-gpu"]);
    if (!help.ok) return unavailable(help.reason, adviceFor(host, help.missing));
    const fields = chooseFields(knownFields(help.output));
    const facts = smiFacts.filter((name) => knownFields(help.output).has(name));
    if (!fields.includes("index")) return unavailable("its help names no fields that we know");
    const asked = [...fields, ...facts];
    const first = await ask(query(asked));
    if (!first.ok) return unavailable(first.reason, adviceFor(host, first.missing));
    const rows = first.output.split("\n").flatMap((line) => readRow(asked, line) ?? []);
    if (rows.length === 0) return unavailable(`no device: ${first.output.trim().slice(0, 200)}`);
    return { source: smiSource(context, { options, fields, rows }) };
  };
}

interface Probed {
  readonly options: SmiOptions;
  readonly fields: readonly string[];
  readonly rows: readonly SmiRow[];
}

function smiSource(context: ProbeContext, { options, fields, rows }: Probed): Source {
  const { host, pause } = options;
  const nameOf = (row: SmiRow): string =>
    `${KIND}${host === undefined ? "" : `@${host}`}:${row.get("index") ?? "?"}`;
  let waiting: Reading[] = [];
  let garbage: string | undefined;
  const stream = new PartStream({
    command: commandFor(host, [...query(fields), "-lms", String(INTERVAL)]),
    env: context.env,
    clock: context.clock,
    separator: "\n",
    patience: START_PATIENCE + SILENCE,
    ...(pause !== undefined && { pause }),
    onPart: (line, at) => {
      const row = readRow(fields, line);
      const reading = row && readingOf(nameOf(row), row, at);
      if (reading !== undefined && "values" in reading) waiting.push(reading);
      else garbage = reading?.trouble ?? `not a row: ${line.slice(0, 100)}`;
    },
  });
  return {
    kind: KIND,
    tiers: ["fast"],
    facts: rows.map((row) => factsOf(nameOf(row), row)),
    fingerprint: fingerprintOf(rows),
    read() {
      const readings = waiting;
      const trouble = stream.trouble ?? garbage;
      waiting = [];
      garbage = undefined;
      if (readings.length === 0 && trouble !== undefined) throw new Error(trouble);
      return readings;
    },
    close() {
      stream.close();
    },
  };
}

function readingOf(
  source: string,
  row: SmiRow,
  at: number,
): Reading | { readonly trouble: string } {
  const { values, missing } = valuesOf(row);
  if (Object.keys(values).length === 0) {
    return { trouble: `${source}: ${missing.gpu_utilization ?? "no values"}` };
  }
  const stamp = timeOf(row.get("timestamp"));
  return { source, at, values, ...(stamp !== undefined && { stamp }) };
}

/** `2026/11/21 14:30:00.123` in ms, of whatever zone. */
function timeOf(text: string | undefined): number | undefined {
  const parts = /^(\d+)\/(\d+)\/(\d+) (.+)$/.exec(text ?? "");
  if (parts === null) return undefined;
  const time = Date.parse(`${parts.slice(1, 4).join("-")}T${parts[4] ?? ""}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function factsOf(source: string, row: SmiRow): SourceFacts {
  const { values, missing } = valuesOf(row);
  const [uuid, name] = [row.get("uuid"), row.get("name")];
  return {
    source,
    kind: KIND,
    gives: Object.keys(values),
    missing: { ...missing, gpu_energy: "nvidia-smi does not tell it; NVML does" },
    device: {
      index: Number(row.get("index")),
      ...(uuid !== undefined && { uuid }),
      ...(name !== undefined && { name }),
    },
  };
}

function fingerprintOf(rows: readonly SmiRow[]): Fingerprint {
  const driver = rows[0]?.get("driver_version");
  const mig = sameOrList(rows.map((row) => migOf(row.get("mig.mode.current"))));
  const limit = sameOrList(rows.map((row) => valuesOf(row).values.gpu_power_limit));
  const memory = sameOrList(rows.map((row) => valuesOf(row).values.gpu_memory_total));
  return {
    "gpu.models": models(rows.map((row) => row.get("name") ?? "unknown NVIDIA device")),
    ...(memory !== undefined && { "gpu.memory": memory }),
    ...(mig !== undefined && { "gpu.mig": mig }),
    ...(limit !== undefined && { "gpu.power_limit": limit }),
    ...(driver !== undefined &&
      /^\d/.test(driver) && {
        "gpu.driver": driver,
        "gpu.driver_major": Number.parseInt(driver, 10),
      }),
  };
}

function migOf(text: string | undefined): string | undefined {
  if (text === "Enabled") return "on";
  return text === "Disabled" ? "off" : undefined;
}

function query(fields: readonly string[]): readonly string[] {
  return [`--query-gpu=${fields.join(",")}`, "--format=csv,noheader,nounits"];
}

/** Without a terminal, a password or a question: `ssh` must fail rather than wait for somebody. */
function commandFor(host: string | undefined, parameters: readonly string[]): Command {
  if (host === undefined) return { program: KIND, parameters };
  const options = ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5"];
  return { program: "ssh", parameters: [...options, "--", host, KIND, ...parameters] };
}

function adviceFor(host: string | undefined, isMissing: boolean): string {
  if (host === undefined) return "it comes with NVIDIA's driver; is it on the PATH?";
  if (isMissing) return "install an ssh client";
  return `\`ssh ${host} nvidia-smi\` must work without a password: use a key, or an agent`;
}

function unavailable(reason: string, advice?: string): Found {
  return { unavailable: { kind: KIND, reason, ...(advice !== undefined && { advice }) } };
}
