/** GPUs of another machine, by the address of whoever tells of them: an agent, or an exporter. */
import { agentProbe } from "../agent/agent-source.ts";
import { AGENT_METRIC } from "../agent/messages.ts";
import type { Probe } from "../source.ts";
import { fetchPage } from "./fetch-page.ts";
import { nvidiaSmiProbe } from "./nvidia/nvidia-smi.ts";
import type { GpuProbe } from "./probes.ts";
import { exporterProbe, pageUrl, type ExporterAddress } from "./exporter.ts";

/** Where to ask for GPUs that are not of this machine. */
export interface RemoteGpus {
  /** Exporters and agents. */
  readonly urls: readonly ExporterAddress[];
  /** Machines with an nvidia-smi, by ssh. */
  readonly hosts: readonly string[];
}

export function remoteProbes({ urls, hosts }: RemoteGpus): readonly GpuProbe[] {
  return [
    ...urls.map((address) => ({
      source: `gpu-metrics@${new URL(address.url).host}`,
      probe: remoteProbe(address),
    })),
    ...hosts.map((host) => ({ source: `nvidia-smi@${host}`, probe: nvidiaSmiProbe({ host }) })),
  ];
}

const PATIENCE = 5000;

/** Looks at the page once: one of an agent's is sampled through its stream. */
function remoteProbe(address: ExporterAddress): Probe {
  const { url, headers } = address;
  return async (context) => {
    const asked = { url: pageUrl(url), headers };
    const page = await fetchPage(asked, context.clock, PATIENCE).catch(() => undefined);
    const isAgents = page?.text.includes(AGENT_METRIC) === true || page?.status === 401;
    const probe = isAgents
      ? agentProbe({ base: new URL(url).origin, headers })
      : exporterProbe(address);
    return probe(context);
  };
}
