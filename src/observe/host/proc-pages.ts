/**
 * The pages of /proc that tell of the whole machine, as pure functions of their text. Source of the
 * layouts: proc(5) and Documentation/admin-guide/iostats of Linux. A page that is cut short or
 * garbled gives undefined, never a number of its own making.
 */
import { present } from "../../core/present.ts";

/** CPU time since boot, in ticks. */
export interface CpuTime {
  readonly busy: number;
  /** Of the busy time, what a hypervisor gave to others. */
  readonly stolen?: number;
  readonly all: number;
}

/**
 * `/proc/stat`, first line: user nice system idle iowait irq softirq steal (guest time is in user).
 * Idle is `idle` and `iowait`; stolen time is busy, since nobody here could use it.
 */
export function cpuTime(text: string): CpuTime | undefined {
  const line = /^cpu +(.+)$/m.exec(text)?.[1];
  const ticks = line?.trim().split(/ +/).slice(0, 8).map(Number) ?? [];
  if (ticks.length < 4 || !ticks.every(Number.isFinite)) return undefined;
  const all = ticks.reduce((sum, one) => sum + one, 0);
  const busy = all - (ticks[3] ?? 0) - (ticks[4] ?? 0);
  return { all, busy, ...present({ stolen: ticks[7] }) };
}

/** Cores that are online: each has a line of its own in `/proc/stat`. */
export function coresOnline(text: string): number | undefined {
  return text.match(/^cpu\d+ /gm)?.length;
}

export interface Memory {
  readonly used: number;
  readonly total: number;
}

/** `/proc/meminfo`, in bytes. Used is what is not available to a new program. */
export function memory(text: string): Memory | undefined {
  const [total, available] = [kibibytes(text, "MemTotal"), kibibytes(text, "MemAvailable")];
  return total === undefined || available === undefined
    ? undefined
    : { total, used: total - available };
}

function kibibytes(text: string, name: string): number | undefined {
  const digits = new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits) * 1024;
}

/** A counter of `/proc/vmstat`: `pswpin`, `pswpout` (pages), `oom_kill`. */
export function vmCounter(text: string, name: string): number | undefined {
  const digits = new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Bytes in and out. */
export interface Traffic {
  readonly received: number;
  readonly sent: number;
}

/** `/proc/net/dev`, summed over the interfaces that are wanted; undefined when there is none. */
export function networkTraffic(
  text: string,
  wanted: (name: string) => boolean,
): Traffic | undefined {
  const rows = text.split("\n").flatMap((line) => {
    const [, name = "", rest = ""] = /^ *([^\s:]+): *(.+)$/.exec(line) ?? [];
    return wanted(name) ? twoOf(rest, 0, 8) : [];
  });
  return rows.length === 0 ? undefined : { received: sum(rows, 0), sent: sum(rows, 1) };
}

/** Bytes since boot. */
export interface DiskTraffic {
  readonly read: number;
  readonly written: number;
}

/** Linux counts sectors of 512 bytes, whatever the disk's own are. */
const SECTOR = 512;

/** `/proc/diskstats`, summed over the disks that are wanted; undefined when there is none. */
export function diskTraffic(
  text: string,
  wanted: (name: string) => boolean,
): DiskTraffic | undefined {
  const rows = text.split("\n").flatMap((line) => {
    const name = line.trim().split(/ +/, 3)[2] ?? "";
    return wanted(name) ? twoOf(line, 5, 9) : [];
  });
  if (rows.length === 0) return undefined;
  return { read: sum(rows, 0) * SECTOR, written: sum(rows, 1) * SECTOR };
}

/** Two columns of a line; nothing where one of them is no number. */
function twoOf(line: string, first: number, second: number): readonly [number, number][] {
  const columns = line.trim().split(/ +/).map(Number);
  const [a, b] = [columns[first] ?? NaN, columns[second] ?? NaN];
  return Number.isFinite(a + b) ? [[a, b]] : [];
}

function sum(rows: readonly (readonly [number, number])[], column: 0 | 1): number {
  return rows.reduce((all, row) => all + row[column], 0);
}

/** `/proc/loadavg`: tasks running or waiting, average of one minute. */
export function loadAverage(text: string): number | undefined {
  const digits = /^(\d+(?:\.\d+)?) /.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
