/**
 * Which process of this machine listens on a port: the socket's inode from /proc/net/tcp, its owner
 * from the open files of all processes. Source of the layout: Documentation/networking/proc_net_tcp.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

export type Listener = { readonly pid: number } | { readonly reason: string };

/** The state of a socket that listens. */
const LISTEN = "0A";
/** They hold the port of a container's server, which is another process. */
const FORWARDERS = /^(docker-proxy|rootlessport|slirp4netns|pasta|gvproxy|haproxy|nginx|envoy)/;

export function listeningProcess(root: string, port: number): Listener {
  const inodes = new Set(["tcp", "tcp6"].flatMap((name) => listeningInodes(root, name, port)));
  if (inodes.size === 0) return { reason: `no process of this machine listens on port ${port}` };
  const pid = ownerOf(root, inodes);
  if (pid === undefined)
    return { reason: `the process that listens on port ${port} belongs to somebody else` };
  const name = textOf(join(root, "proc", String(pid), "comm")).trim();
  if (FORWARDERS.test(name))
    return { reason: `port ${port} is held by ${name} (process ${pid}), which only forwards` };
  return { pid };
}

function listeningInodes(root: string, name: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return textOf(join(root, "proc/net", name))
    .split("\n")
    .flatMap((line) => {
      const [, local = "", , state, , , , , , inode = "0"] = line.trim().split(/\s+/);
      return local.endsWith(`:${wanted}`) && state === LISTEN && inode !== "0" ? [inode] : [];
    });
}

function ownerOf(root: string, inodes: ReadonlySet<string>): number | undefined {
  for (const pid of namesIn(join(root, "proc"))) {
    if (!/^\d+$/.test(pid)) continue;
    const folder = join(root, "proc", pid, "fd");
    const owns = namesIn(folder).some((file) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(join(folder, file)))?.[1];
      return inode !== undefined && inodes.has(inode);
    });
    if (owns) return Number(pid);
  }
  return undefined;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // ended meanwhile, or not ours to look at
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
