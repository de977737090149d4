/**
 * Every source that is looked for on the sampler's thread, one row each. Adding a source is adding
 * a row; `kind` names it where it is not there.
 */
import { gpuProbes } from "./gpu/probes.ts";
import { remoteProbes, type RemoteGpus } from "./gpu/remote.ts";
import type { Found, Probe, ProbeContext } from "./source.ts";
import { probeLinuxHost } from "./host/linux-host.ts";
import { probeOtherHost } from "./host/other-host.ts";
import { probeLinuxProcess, type WatchedProcess } from "./host/process-source.ts";
import { probeServer, type WatchedServer } from "./server/server-source.ts";
import type { Scrape } from "./server/scrape.ts";

/** What is to be watched besides the machine itself. */
export interface Watched {
  /** Our own process. */
  readonly clientPid: number;
  /** Why the server's process cannot be watched, where its pid is not known. */
  readonly noServerPid?: string;
  readonly server?: WatchedServer & { readonly scrape: Scrape };
  /** The server is known to be on another machine: the GPUs of this one are not its. */
  readonly serverElsewhere?: boolean;
  readonly remoteGpus?: RemoteGpus;
}

export interface ProbeRow {
  /** Of the source, where it is not found. */
  readonly source: string;
  readonly probe: Probe;
}

export function probesFor(watched: Watched): readonly ProbeRow[] {
  const { clientPid, server } = watched;
  return [
    { source: "host", probe: probeHost },
    {
      source: "client",
      probe: ofProcess({ source: "client", pid: clientPid, children: false }),
    },
    { source: "server-process", probe: serverProcess(watched) },
    ...(server === undefined
      ? []
      : [
          {
            source: "server",
            probe: () => probeServer(server, server.scrape),
          },
        ]),
    ...gpuProbes().map((row) => (watched.serverElsewhere === true ? ofThisMachine(row) : row)),
    ...(watched.remoteGpus === undefined ? [] : remoteProbes(watched.remoteGpus)),
  ];
}

/** What this machine's GPUs do says nothing about a server on another one; its CPUs are the host's. */
function ofThisMachine(row: ProbeRow): ProbeRow {
  if (row.source === "rapl") return row;
  const reason = "the server runs on another machine: this one's GPUs are not its";
  const advice = "--gpu-ssh HOST, --gpu-metrics URL, or `plimsoll agent` on the server's machine";
  const found: Found = { unavailable: { kind: row.source, reason, advice } };
  return { source: row.source, probe: () => Promise.resolve(found) };
}

function serverProcess({ noServerPid, server }: Watched): Probe {
  return (context) => {
    const pid = context.serverPid;
    if (pid !== undefined)
      return ofProcess({ source: "server-process", pid, children: true })(context);
    const reason = noServerPid ?? "the server runs on another machine";
    const advice =
      server === undefined
        ? "a run watches the process of the server that it measures"
        : "run `plimsoll agent` on the server's machine";
    return Promise.resolve({ unavailable: { kind: "proc", reason, advice } });
  };
}

const probeHost: Probe = async (context) =>
  context.platform === "linux" ? probeLinuxHost(context) : probeOtherHost(context);

function ofProcess(watched: WatchedProcess): Probe {
  return onLinux((context) => probeLinuxProcess(watched, context));
}

function onLinux(probe: (context: ProbeContext) => Found): Probe {
  return (context) => {
    if (context.platform === "linux") return Promise.resolve(probe(context));
    const reason = `there is no /proc on ${context.platform}`;
    return Promise.resolve({ unavailable: { kind: "proc", reason } });
  };
}
