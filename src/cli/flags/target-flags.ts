/** The flags that say which server to measure. */
import type { FlagTable } from "./flags.ts";
import { CONNECTION_FLAGS } from "./connection/connection-flags.ts";

export const SERVER_FLAGS = {
  model: {
    kind: "text",
    value: "MODEL",
    about: "for a server we start: a GGUF file, or synth:NAME[@QUANT] (default synth:tiny)",
  },
  "server-bin": { kind: "text", value: "PATH", about: "the llama-server to start" },
  "server-arg": {
    kind: "text",
    value: "ARG",
    repeats: true,
    about: "one more argument for llama-server; may be repeated (--server-arg=--flag)",
  },
  parallel: { kind: "number", value: "N", about: "slots of a server we start (default 4)" },
  ctx: { kind: "number", value: "N", about: "context tokens of each slot (default 2048)" },
  threads: {
    kind: "number",
    value: "N",
    about: "threads of a server we start (default: all cores but one)",
  },
  "api-key-env": {
    kind: "text",
    value: "NAME",
    about: "environment variable with the server's API key",
  },
  "api-key-file": { kind: "text", value: "FILE", about: "file with the server's API key" },
} as const satisfies FlagTable;

export const TARGET_FLAGS = {
  target: {
    kind: "text",
    value: "TARGET",
    about: "embedded (default), llama-server, or the URL of a running server",
    values: ["embedded", "llama-server"],
  },
  ...SERVER_FLAGS,
  "api-key-header": {
    kind: "text",
    value: "NAME",
    about: "header for the API key, as it is (default: authorization: Bearer KEY)",
  },
  header: {
    kind: "text",
    value: "K:V",
    repeats: true,
    about: "a header of every request; may be repeated",
  },
  "header-env": {
    kind: "text",
    value: "K=NAME",
    repeats: true,
    about: "a header whose value is in an environment variable; may be repeated",
  },
  ...CONNECTION_FLAGS,
} as const satisfies FlagTable;
