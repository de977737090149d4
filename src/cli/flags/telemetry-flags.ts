/** The flags that say what is sampled beside the traffic. */
import { usageError } from "../../core/errors.ts";
import type { Flags, FlagTable } from "./flags.ts";
import type { TelemetryRequest } from "../../session/run/telemetry.ts";

/** What `--require-telemetry` asks for without a list: what every machine and server can give. */
const REQUIRED = "host,client,server";

/** GPUs that are reached over the network. */
export const REMOTE_FLAGS = {
  "gpu-metrics": {
    kind: "text",
    value: "URL",
    repeats: true,
    about: "GPUs elsewhere: a plimsoll agent, dcgm-exporter, nvidia_gpu_exporter or AMD's exporter",
  },
  "gpu-ssh": {
    kind: "text",
    value: "HOST",
    repeats: true,
    about: "GPUs elsewhere: nvidia-smi there, by ssh without a password",
  },
  "gpu-token-env": {
    kind: "text",
    value: "NAME",
    about: "environment variable with the token that --gpu-metrics wants",
  },
} as const satisfies FlagTable;

export const TELEMETRY_FLAGS = {
  "no-telemetry": { kind: "switch", about: "sample neither machine, nor server, nor GPU" },
  "telemetry-interval": {
    kind: "duration",
    value: "TIME",
    about:
      "time between readings (default 100ms for sensors, 250ms beside the server; 1s for the rest)",
  },
  ...REMOTE_FLAGS,
  "require-telemetry": {
    kind: "text",
    value: "LIST",
    bare: REQUIRED,
    about: `refuse to run without these sources or series (default ${REQUIRED}),\ne.g. gpu,server or gpu_energy`,
  },
} as const satisfies FlagTable;

/** Shorter intervals than this would measure the measuring, ms. */
const SHORTEST = 10;

/** Undefined when nothing is to be sampled. @throws usage error for flags that contradict */
export function telemetryRequestOf(flags: Flags): TelemetryRequest | undefined {
  const remote = remoteOf(flags);
  const required = (flags.text("require-telemetry") ?? "").split(",").filter((name) => name !== "");
  const interval = flags.duration("telemetry-interval");
  if (interval !== undefined && interval < SHORTEST)
    throw usageError(
      `--telemetry-interval: ${interval} ms is too short`,
      `Sensors change every 100 ms at best; ${SHORTEST}ms is the least.`,
    );
  if (!flags.on("no-telemetry"))
    return { required, remote, ...(interval !== undefined && { interval }) };
  if (required.length === 0) return undefined;
  throw usageError(
    "--no-telemetry and --require-telemetry contradict each other",
    "Leave one of them out.",
  );
}

/** @throws usage error for an address that is none */
export function remoteOf(flags: Flags): TelemetryRequest["remote"] {
  const urls = flags.all("gpu-metrics");
  const hosts = flags.all("gpu-ssh");
  const tokenEnv = flags.text("gpu-token-env");
  for (const url of urls) {
    if (/^https?:\/\//.test(url) && URL.canParse(url)) continue;
    throw usageError(`--gpu-metrics: "${url}" is not a URL`, "Write it as http://HOST:9400.");
  }
  for (const host of hosts) {
    if (!host.startsWith("-")) continue;
    throw usageError(`--gpu-ssh: "${host}" is not the name of a machine`);
  }
  return { urls, hosts, ...(tokenEnv !== undefined && { tokenEnv }) };
}
