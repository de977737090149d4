/** `plimsoll agent`: sample the machine it runs on, and tell a Plimsoll elsewhere. */
import type { Command } from "../command.ts";
import { AGENT_FLAGS } from "../flags/agent-flags.ts";

export const agent: Command = {
  usage: "agent [flags]",
  about: `Samples the machine it runs on (GPUs, CPU energy, host, the server's process) until Ctrl-C, for
a Plimsoll on another machine: \`plimsoll run ... --gpu-metrics http://HOST:9177\`. There is a page
for Prometheus at /metrics, too. It listens on loopback; anywhere else only with a token.`,
  flags: AGENT_FLAGS,
  positionals: [],
  examples: [
    "plimsoll agent",
    "AGENT_TOKEN=... plimsoll agent --listen 0.0.0.0:9177 --token-env AGENT_TOKEN --server-port 8000",
  ],
  run: async (call) => (await import("../actions/agent.ts")).agent(call),
};
