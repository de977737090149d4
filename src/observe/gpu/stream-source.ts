/** A source that is one program writing one device's figures again and again. */
import type { SeriesName } from "../../core/telemetry.ts";
import type { Probe, ProbeContext, Reading, Source } from "../source.ts";
import { PartStream } from "./part-stream.ts";
import type { Command } from "./run-once.ts";

export interface StreamedDevice {
  readonly kind: string;
  /** Label of its readings. */
  readonly source: string;
  readonly name: string;
  readonly command: Command;
  readonly platform: NodeJS.Platform;
  readonly separator: string;
  /** Undefined for a part that is none of its reports. */
  readonly read: (part: string) => Partial<Record<SeriesName, number>> | undefined;
  /** Series it never tells, and why. */
  readonly never: Readonly<Record<string, string>>;
  readonly advice: string;
}

/** Until the first report, ms. */
const FIRST = 5000;
const SILENCE = 10_000;

export function streamProbe(device: StreamedDevice, pause?: number): Probe {
  const { kind, platform, advice } = device;
  return async (context) => {
    if (context.platform !== platform) {
      return { unavailable: { kind, reason: `not on ${context.platform}` } };
    }
    const tap = openTap(device, context, pause);
    const { clock } = context;
    await clock.sleepUntil(clock.now() + FIRST, tap.decided);
    const first = tap.peek();
    if (first !== undefined) return { source: sourceOf(device, first, tap) };
    tap.close();
    const reason = tap.trouble() ?? `${kind}: no report within ${FIRST / 1e3} s`;
    return { unavailable: { kind, reason, advice } };
  };
}

interface Tap {
  /** Aborted when the first report is there, or the program has ended. */
  readonly decided: AbortSignal;
  peek(): Reading | undefined;
  /** What has come since the last call. @throws when nothing has, and why */
  take(): readonly Reading[];
  trouble(): string | undefined;
  close(): void;
}

function openTap(device: StreamedDevice, { clock, env }: ProbeContext, pause?: number): Tap {
  const { kind, command, separator } = device;
  const decided = new AbortController();
  let waiting: Reading[] = [];
  let garbage: string | undefined;
  const decide = (): void => {
    decided.abort();
  };
  const stream = new PartStream({
    ...{ command, env, clock, separator, patience: SILENCE, onEnd: decide },
    ...(pause !== undefined && { pause }),
    onPart: (part, at) => {
      const values = device.read(part);
      if (values !== undefined && Object.keys(values).length > 0) {
        waiting.push({ source: device.source, at, values });
        decide();
      } else garbage = `${kind}: not a report: ${part.trim().slice(0, 100)}`;
    },
  });
  return {
    decided: decided.signal,
    peek: () => waiting[0],
    trouble: () => stream.lastEnd ?? garbage,
    take() {
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

function sourceOf(device: StreamedDevice, first: Reading, tap: Tap): Source {
  const { kind, source, name, never } = device;
  const gives = Object.keys(first.values);
  return {
    kind,
    tiers: ["fast"],
    facts: [{ source, kind, gives, missing: never, device: { index: 0, name } }],
    fingerprint: { "gpu.models": `1 x ${name}` },
    read: () => tap.take(),
    close() {
      tap.close();
    },
  };
}
