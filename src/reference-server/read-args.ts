/** The server program's command line. */

import { parseArgs } from "node:util";
import { messageOf, usageError } from "../core/errors.ts";

export interface ServerArgs {
  readonly model: string;
  readonly host: string;
  readonly port: number;
  readonly parallel: number;
  readonly contextSize: number;
  readonly threads: number;
  readonly alias: string | undefined;
  /** Name of the environment variable that holds the key; the key itself would show in `ps`. */
  readonly apiKeyEnv: string | undefined;
  readonly gpu: "auto" | false;
  readonly maxBody: number;
}

export const usage = `usage: entry.js --model FILE [options]

  --host ADDRESS       where to listen (127.0.0.1)
  --port N             0 is any free port (0)
  --parallel N         slots: requests that are worked on at the same time (4)
  --ctx N              tokens of context of each slot; 0 is what the model was trained for (4096)
  --threads N          threads that compute (all cores but one)
  --alias NAME         the model's name in requests and answers (the file's name)
  --api-key-env NAME   environment variable that holds the API key (no key)
  --gpu auto|off       compute on a GPU when there is one (off)
  --max-body BYTES     longest request body (16777216)

It exits when its standard input ends.`;

const options = {
  model: { type: "string" },
  host: { type: "string", default: "127.0.0.1" },
  port: { type: "string", default: "0" },
  parallel: { type: "string", default: "4" },
  ctx: { type: "string", default: "4096" },
  threads: { type: "string" },
  alias: { type: "string" },
  "api-key-env": { type: "string" },
  gpu: { type: "string", default: "off" },
  "max-body": { type: "string", default: String(16 * 2 ** 20) },
} as const;

/**
 * @param cores how many this process may use; one is left to the load generator
 * @throws usageError
 */
export function readArgs(args: readonly string[], cores: number): ServerArgs {
  const values = parse(args);
  if (values.model === undefined) throw usageError("--model is missing", usage);
  if (values.gpu !== "auto" && values.gpu !== "off") {
    throw usageError(`--gpu ${values.gpu}: expected auto or off`);
  }
  return {
    model: values.model,
    host: values.host,
    port: integer("port", values.port, 0, 65_535),
    parallel: integer("parallel", values.parallel, 1, 256),
    contextSize: integer("ctx", values.ctx, 0, 2 ** 24),
    threads: integer("threads", values.threads ?? String(Math.max(1, cores - 1)), 1, 1024),
    alias: values.alias,
    apiKeyEnv: values["api-key-env"],
    gpu: values.gpu === "auto" ? "auto" : false,
    maxBody: integer("max-body", values["max-body"], 1, 2 ** 30),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    throw usageError(messageOf(error), usage, error);
  }
}

function integer(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw usageError(`--${name} ${text}: expected a whole number from ${min} to ${max}`);
}
