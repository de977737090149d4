/** The flags of every command that measures: what is asked, of which server, and what is sampled. */
import { apiNames } from "../../protocol/api/apis.ts";
import { ACCOUNTING_FLAGS, IDLE_FLAG } from "./accounting-flags.ts";
import type { FlagTable } from "./flags.ts";
import { TELEMETRY_FLAGS } from "./telemetry-flags.ts";
import { SALT_FLAG } from "./salt-flag.ts";
import { TARGET_FLAGS } from "./target-flags.ts";
import { VALIDITY_FLAG } from "./validity-flag.ts";

export const REQUEST_FLAGS = {
  ...TARGET_FLAGS,
  api: {
    kind: "text",
    value: "NAME",
    about: `API to speak: auto, ${apiNames.join(", ")} (default chat)`,
    values: ["auto", ...apiNames],
  },
  peak: {
    kind: "text",
    value: "RATE",
    about: "the expected peak, per second; auto: half of what a short probe finds",
  },
  env: {
    kind: "text",
    value: "KEY=VALUE",
    short: "e",
    repeats: true,
    about: "a parameter of the scenario; may be repeated",
  },
  duration: { kind: "duration", value: "TIME", about: "length of the measured traffic" },
  "prompt-tokens": {
    kind: "number",
    value: "N",
    about: "length of synthetic prompts, in place of the scenario's own",
  },
  "output-tokens": { kind: "number", value: "N", about: "the same of their answers" },
  iterations: { kind: "number", value: "N", about: "replace the traffic: so many iterations" },
  vus: { kind: "number", value: "N", about: "replace the traffic: so many virtual users" },
  seed: { kind: "number", value: "N", about: "seed of all the work" },
  ...SALT_FLAG,
  "no-prompt-cache": {
    kind: "switch",
    about: "have the server compute every prompt in full, where it can be made to",
  },
  workers: {
    kind: "text",
    value: "N",
    about: "load worker threads (default 1); auto: what the plan needs",
  },
  "ready-timeout": {
    kind: "duration",
    value: "TIME",
    about: "how long a server may take to get ready (default 5m)",
  },
  ...TELEMETRY_FLAGS,
  ...IDLE_FLAG,
  ...ACCOUNTING_FLAGS,
  ...VALIDITY_FLAG,
} as const satisfies FlagTable;
