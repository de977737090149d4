/** The flags that say what is shown, where it is written, and what else gets it. */
import type { FlagTable } from "./flags.ts";

export const SHOW_FLAGS = {
  json: { kind: "switch", about: "print the summary as JSON on stdout (several runs: an array)" },
  "no-color": { kind: "switch", about: "no colour (NO_COLOR is honoured too)" },
} as const satisfies FlagTable;

export const PAGE_FLAG = {
  html: { kind: "text", value: "FILE", about: "write it as a page too" },
} as const satisfies FlagTable;

export const PUSH_FLAGS = {
  push: {
    kind: "text",
    value: "URL",
    about: "send the numbers to a Prometheus Pushgateway, as job plimsoll",
  },
  otlp: {
    kind: "text",
    value: "URL",
    about: "send the numbers to an OTLP/HTTP endpoint (JSON), such as http://127.0.0.1:4318",
  },
} as const satisfies FlagTable;

export const BASELINES_FLAG = {
  baselines: {
    kind: "text",
    value: "DIR",
    about: "folder of baselines and their history (default baselines)",
  },
} as const satisfies FlagTable;
