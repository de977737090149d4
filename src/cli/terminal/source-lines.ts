/** Sources of telemetry as lines for a person: those that give something first. */
import type { SourceLine } from "../../core/telemetry-lines.ts";
import { formatMillis } from "../../core/units.ts";

const WIDTH = 17;
const INDENT = " ".repeat(2 + 5 + 2 + WIDTH + 2);
/** More names than this are counted instead of listed. */
const MOST = 8;

export function sourceLines(sources: readonly SourceLine[]): readonly string[] {
  if (sources.length === 0) return ["  nothing could be looked for: the sampler did not start"];
  const sorted = [...sources].sort((a, b) => Number(b.available) - Number(a.available));
  return sorted.flatMap((source) =>
    source.available ? presentLines(source) : absentLines(source),
  );
}

function presentLines(source: SourceLine): readonly string[] {
  const { kind, gives = [], missing = {}, device } = source;
  const name = device?.name === undefined ? kind : `${kind}: ${device.name}`;
  return [
    head("yes", source, `${name}${costOf(source)}`),
    `${INDENT}${listed(gives)}`,
    ...reasonsOf(missing).map((line) => `${INDENT}not ${line}`),
  ];
}

function absentLines(source: SourceLine): readonly string[] {
  const { reason = "it gives nothing here", advice } = source;
  return [head("no", source, reason), ...(advice === undefined ? [] : [`${INDENT}${advice}`])];
}

function head(state: string, { source }: SourceLine, text: string): string {
  return `  ${state.padEnd(5)}  ${source.padEnd(WIDTH)}  ${text}`;
}

function costOf({ account }: SourceLine): string {
  if (account === undefined || account.reads === 0) return "";
  const { callP50, callP99, errors, reads, lastError } = account;
  const failed = errors === 0 ? "" : `; ${errors} of ${reads} reads failed: ${lastError ?? "?"}`;
  return `; a read takes ${formatMillis(callP50)}, ${formatMillis(callP99)} at p99${failed}`;
}

function listed(names: readonly string[]): string {
  const rest = names.length - MOST;
  const shown = names.slice(0, MOST).join(", ");
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** Series that are missing for the same reason, together. */
function reasonsOf(missing: Readonly<Record<string, string>>): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const [name, reason] of Object.entries(missing))
    byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  return [...byReason].map(([reason, names]) => `${listed(names)}: ${reason}`);
}
