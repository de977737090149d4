/** Looks for every source once. A probe that throws or hangs costs its source, never the run. */
import { messageOf } from "../core/errors.ts";
import type { SourceLine } from "../core/telemetry-lines.ts";
import type { WarningLine } from "../core/records.ts";
import type { ProbeRow } from "./probes.ts";
import type { Found, ProbeContext, Source, Tier, Unavailable } from "./source.ts";

export interface FoundSources {
  readonly sources: readonly Source[];
  /** One line a stream of readings, and one for each source that is not there. */
  readonly lines: readonly SourceLine[];
  /** What the user should know of them. */
  readonly warnings: readonly WarningLine[];
  /** Facts for the run's fingerprint. */
  readonly fingerprint: Readonly<Record<string, string | number | boolean>>;
}

/** A probe may take so long, ms: nvidia-smi needs seconds to start on some machines. */
const PROBE_PATIENCE = 10_000;

export async function findSources(
  rows: readonly ProbeRow[],
  context: ProbeContext,
  intervals: Readonly<Record<Tier, number>>,
): Promise<FoundSources> {
  const found = await Promise.all(rows.map((row) => look(row, context)));
  const at = context.clock.now();
  const sources = found.flatMap((one) => ("source" in one ? [one.source] : []));
  const lines = found.flatMap((one, i) =>
    "source" in one
      ? linesOf(one.source, intervals, at)
      : [absent(rows[i]?.source ?? "", one.unavailable, at)],
  );
  const fingerprint = Object.assign({}, ...sources.map((one) => one.fingerprint ?? {})) as object;
  const warnings = sources
    .flatMap((one) => one.warnings ?? [])
    .map((warning): WarningLine => ({ type: "warning", at, ...warning }));
  return { sources, lines, warnings, fingerprint: fingerprint as FoundSources["fingerprint"] };
}

async function look({ source, probe }: ProbeRow, context: ProbeContext): Promise<Found> {
  const { clock } = context;
  const over = new AbortController();
  const hangs = clock.sleepUntil(clock.now() + PROBE_PATIENCE, over.signal).then((): Found => {
    const reason = `it could not be told within ${PROBE_PATIENCE / 1000} s whether it is there`;
    return { unavailable: { kind: source, reason } };
  });
  const probing = (async () => probe(context))();
  try {
    const found = await Promise.race([probing, hangs]);
    if ("unavailable" in found) void closeIfFoundYet(probing);
    return found;
  } catch (error) {
    return { unavailable: { kind: source, reason: messageOf(error) } };
  } finally {
    over.abort();
  }
}

/** What comes too late to be sampled must not go on in the background. */
async function closeIfFoundYet(probing: Promise<Found>): Promise<void> {
  const found = await probing.catch(() => undefined);
  if (found !== undefined && "source" in found) await found.source.close();
}

function linesOf(
  { kind, tiers, facts }: Source,
  intervals: Readonly<Record<Tier, number>>,
  at: number,
): readonly SourceLine[] {
  const interval = Math.min(...tiers.map((tier) => intervals[tier]));
  return facts.map(({ source, gives, counters, missing, device }) => ({
    ...{ type: "source", at, source, kind, available: true, gives, missing },
    ...(counters && { counters }),
    ...(device && { device }),
    interval,
  }));
}

function absent(source: string, { kind, reason, advice }: Unavailable, at: number): SourceLine {
  return {
    ...{ type: "source", at, source, kind: kind === "" ? source : kind },
    ...{ available: false, reason, ...(advice !== undefined && { advice }) },
  };
}
