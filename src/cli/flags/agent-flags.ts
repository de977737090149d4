/** What `plimsoll agent` is asked for, and what it does where nothing is said. */
import type { FlagTable } from "./flags.ts";

export const LISTEN = "127.0.0.1:9177";
/** Between readings of sensors, ms. */
export const FAST = 100;

export const AGENT_FLAGS = {
  listen: { kind: "text", value: "ADDR:PORT", about: `where to listen (default ${LISTEN})` },
  "token-env": { kind: "text", value: "NAME", about: "environment variable with the token" },
  "token-file": { kind: "text", value: "FILE", about: "file with the token" },
  "server-port": {
    kind: "number",
    value: "N",
    about: "sample the process that listens on this port, too: the server's",
  },
  interval: {
    kind: "duration",
    value: "TIME",
    about: `time between readings of sensors (default ${FAST}ms)`,
  },
} as const satisfies FlagTable;
