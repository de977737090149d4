/**
 * What this machine lets one client have: connections by its limit of open files and by its range of
 * local ports. A plan with more users than that would measure the client, so it is not begun.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exitCodes, PlimsollError } from "../../core/errors.ts";
import { usersAtOnce } from "../../load/users-at-once.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { Note } from "./note.ts";

/** A limit that is not known (not Linux) is absent. */
export interface ClientLimits {
  /** Files and connections that the process may have open, and those that it has. */
  readonly files?: { readonly most: number; readonly open: number };
  /** Local ports for connections to one server. */
  readonly ports?: { readonly count: number; readonly range: string };
}

/** @param root where the file system begins; tests hand in their own */
export function clientLimits(root = "/"): ClientLimits {
  const read = (path: string): string => textOf(join(root, path));
  const most = /^Max open files\s+(\d+)/m.exec(read("proc/self/limits"))?.[1];
  const [, from, to] = /^(\d+)\s+(\d+)/.exec(read("proc/sys/net/ipv4/ip_local_port_range")) ?? [];
  return {
    ...(most !== undefined && { files: { most: Number(most), open: openFiles(root) } }),
    ...(from !== undefined &&
      to !== undefined && {
        ports: { count: Number(to) - Number(from) + 1, range: `${from} to ${to}` },
      }),
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // not Linux
  }
}

function openFiles(root: string): number {
  try {
    return readdirSync(join(root, "proc/self/fd")).length;
  } catch {
    return 0;
  }
}

/** Files that a run has open besides its connections: its threads', its own, its probes' (23 seen). */
const RESERVE = 40;
const RESERVE_PER_WORKER = 8;

export interface Client {
  readonly plan: Plan;
  readonly workers: number;
  /** Connections to a unix socket take no port. */
  readonly usesPorts: boolean;
}

interface Bound {
  readonly connections: number;
  readonly why: string;
  readonly lift: string;
}

/**
 * @returns what is to be said of an open loop that might need more than there is
 * @throws PlimsollError (invalid) when the plan's users certainly need more
 */
export function checkClientLimits(client: Client, limits: ClientLimits): readonly Note[] {
  const { certain, most } = usersAtOnce(client.plan);
  const tightest = boundsOf(client, limits).sort((a, b) => a.connections - b.connections)[0];
  if (tightest === undefined || most <= tightest.connections) return [];
  const { connections, why, lift } = tightest;
  if (certain > connections || connections < 1)
    throw new PlimsollError(
      exitCodes.invalid,
      `this client cannot carry ${certain} users: it may have ${connections} connections (${why})`,
      `${lift}\nOr use fewer users, or several client machines. Nothing was started.`,
    );
  const message = `maxVUs asks for up to ${most} users at once, and this client may have ${connections} connections (${why}); ${firstLower(lift)}`;
  return [{ code: "client_limits", message }];
}

function boundsOf({ workers, usesPorts }: Client, { files, ports }: ClientLimits): Bound[] {
  const bounds: Bound[] = [];
  if (files !== undefined) {
    const others = files.open + RESERVE + RESERVE_PER_WORKER * workers;
    bounds.push({
      connections: Math.max(0, files.most - others),
      why: `ulimit -n is ${files.most}, and about ${others} are needed for other things`,
      lift: "Raise the limit: ulimit -n 65536 (in a container: --ulimit nofile=65536:65536)",
    });
  }
  if (ports !== undefined && usesPorts)
    bounds.push({
      connections: ports.count,
      why: `local ports are ${ports.range}`,
      lift: 'Widen the range: sysctl -w net.ipv4.ip_local_port_range="1024 65535"',
    });
  return bounds;
}

function firstLower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
