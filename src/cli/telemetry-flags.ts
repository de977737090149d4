/** The flags that say what is sampled beside the traffic. */
import { usageError } from "../core/errors.ts";
import type { Flags, FlagTable } from "./flags.ts";
import type { TelemetryOrder } from "./run/telemetry.ts";

/** What `--require-telemetry` asks for without a list: what every machine and server can give. */
const REQUIRED = "host,client,server";

export const TELEMETRY_FLAGS = {
  "no-telemetry": { kind: "switch", about: "sample neither machine, nor server, nor GPU" },
  "telemetry-interval": {
    kind: "duration",
    value: "TIME",
    about:
      "time between readings (default 100ms for sensors, 250ms beside the server; 1s for the rest)",
  },
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
export function telemetryOrderOf(flags: Flags): TelemetryOrder | undefined {
  const required = (flags.text("require-telemetry") ?? "").split(",").filter((name) => name !== "");
  const interval = flags.duration("telemetry-interval");
  if (interval !== undefined && interval < SHORTEST)
    throw usageError(
      `--telemetry-interval: ${interval} ms is too short`,
      `Sensors change every 100 ms at best; ${SHORTEST}ms is the least.`,
    );
  if (!flags.on("no-telemetry")) return { required, ...(interval !== undefined && { interval }) };
  if (required.length === 0) return undefined;
  throw usageError(
    "--no-telemetry and --require-telemetry contradict each other",
    "Leave one of them out.",
  );
}
