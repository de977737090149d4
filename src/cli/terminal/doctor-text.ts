/** The doctor's findings as lines for a person. */
import { formatBytes, formatMillis } from "../../core/units.ts";
import type { Environment } from "../../core/records.ts";
import type { SourceLine } from "../../core/telemetry-lines.ts";
import { sourceLines } from "./source-lines.ts";
import { ERROR_LIMIT, STREAM_ITL } from "../../session/calibrate/calibrate.ts";
import type { Calibration, EventLevel, StartLevel } from "../../session/calibrate/calibration.ts";
import type { HttpCeiling } from "../../session/calibrate/http-ceiling.ts";
import type { Finding } from "../../session/calibrate/inventory.ts";

export interface Diagnosis {
  readonly environment: Environment;
  readonly calibration: Calibration;
  readonly inventory: readonly Finding[];
  /** Every source of telemetry that was looked for. */
  readonly sources: readonly SourceLine[];
  /** The target's own ceiling, when there is a target. */
  readonly target?: HttpCeiling;
  readonly file: string;
}

export function doctorText(diagnosis: Diagnosis): string {
  const { environment: machine, calibration, inventory, sources, target, file } = diagnosis;
  const { eventsPerSecond: rate, http } = calibration;
  const conclusion =
    rate === undefined
      ? "No rate was measured to 1 ms at p99: something else keeps this machine busy, or it is too small."
      : `Measures to ${ERROR_LIMIT} ms (p99) up to ${count(rate)} events/s on one worker: ${count((rate * STREAM_ITL) / 1000)} streams of ${1000 / STREAM_ITL} tokens/s.`;
  return [
    `Plimsoll ${machine.plimsoll}, Node ${machine.node}, ${machine.os} ${machine.arch}`,
    `${machine.cpu}, ${machine.cores} cores, ${formatBytes(machine.memoryBytes)}`,
    "",
    conclusion,
    "",
    "Streams: how late an event is measured after it was sent",
    ...table(["events/s", "achieved", "p50", "p99", ""], calibration.events.map(eventRow)),
    "",
    "Starts: how late a request is sent after it was due (dispatch lag)",
    ...table(["requests/s", "achieved", "p50", "p99", ""], calibration.starts.map(startRow)),
    "",
    `One after the other, 50 at a time: ${count(calibration.requestsPerSecond)} requests/s with records;`,
    `plain HTTP (autocannon, closed loop): ${ceiling(http)}.`,
    ...(target === undefined ? [] : [`${target.url}: ${ceiling(target)}.`]),
    "",
    "On this machine",
    ...inventory.flatMap(findingLines),
    "",
    "Telemetry: what can be sampled here, and what a read costs",
    ...sourceLines(sources),
    "",
    `Stored in ${file}; runs on this machine carry it from now on.`,
    "",
  ].join("\n");
}

function eventRow({ target, achieved, p50, p99 }: EventLevel): string[] {
  const verdict = p99 !== undefined && p99 < ERROR_LIMIT ? "" : "too much";
  return [count(target), count(achieved), time(p50), time(p99), verdict];
}

function startRow({ target, achieved, lagP50, lagP99, dropped }: StartLevel): string[] {
  const lost = dropped > 0 ? `${count(dropped)} dropped` : "";
  return [count(target), count(achieved), time(lagP50), time(lagP99), lost];
}

function ceiling({ requestsPerSecond, p50, p99, errors }: HttpCeiling): string {
  const failed = errors > 0 ? `, ${count(errors)} failed` : "";
  return `${count(requestsPerSecond)} requests/s, p50 ${p50} ms, p99 ${p99} ms${failed}`;
}

const NAME_WIDTH = 17;

function findingLines({ name, state, detail, advice }: Finding): string[] {
  const line = `  ${state.padEnd(5)}  ${name.padEnd(NAME_WIDTH)}  ${detail}`;
  return advice === undefined
    ? [line]
    : [line, `${" ".repeat(2 + 5 + 2 + NAME_WIDTH + 2)}${advice}`];
}

/** Right-aligned; the last column is words. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [header, ...rows].map((row) => {
    const cells = row.map((cell, column) =>
      column === row.length - 1 ? cell : cell.padStart(widths[column] ?? 0),
    );
    return `  ${cells.join("   ")}`.trimEnd();
  });
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function time(ms: number | undefined): string {
  return ms === undefined ? "-" : formatMillis(ms);
}
