/** The embedded server as a real process, and a client that keeps what came over the wire. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { request, type ClientRequest, type IncomingHttpHeaders } from "node:http";
import { fileURLToPath } from "node:url";
import { cachedModel } from "../../../src/reference-server/model/cache.ts";
import { keptFolder } from "../kept-folder.ts";

const entry = fileURLToPath(new URL("../../../src/reference-server/entry.ts", import.meta.url));

/** The smallest synthetic model; written once and shared by all tests. */
export function testModel(quant: "f16" | "q8_0" = "q8_0"): Promise<string> {
  return cachedModel(`synth:tiny@${quant}`, keptFolder("models"));
}

export interface ServerProcess {
  readonly child: ChildProcess;
  /** Everything on stderr so far. */
  readonly log: () => string;
  /** Resolves with the first match on stderr; fails when the process ends without it. */
  readonly logged: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export function spawnServer(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ServerProcess {
  const child = spawn(command, args, { stdio: ["pipe", "ignore", "pipe"], env });
  let log = "";
  child.stderr.on("data", (data: Buffer) => {
    log += data.toString();
  });
  const exited = once(child, "close").then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const logged = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(log);
        if (match !== null) resolve(match);
      };
      child.stderr.on("data", look);
      child.once("close", () => {
        reject(new Error(`the server ended: ${log}`));
      });
      look();
    });
  return { child, log: () => log, logged, exited };
}

export function spawnEmbedded(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ServerProcess {
  const loader = ["--import", import.meta.resolve("tsx")];
  return spawnServer(process.execPath, [...loader, entry, ...args], env);
}

export interface ReadyServer extends ServerProcess {
  readonly url: string;
}

/** Resolves when the server is ready. */
export async function ready(server: ServerProcess): Promise<ReadyServer> {
  const match = await server.logged(/listening on (http:\S+)/);
  return { ...server, url: match[1]! };
}

export async function startEmbedded(
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<ReadyServer> {
  const model = await testModel();
  const fixed = ["--model", model, "--alias", "tiny", "--port", "0", "--threads", "1"];
  return ready(spawnEmbedded([...fixed, ...args], env));
}

export async function stopServer(server: ServerProcess | undefined): Promise<void> {
  server?.child.kill("SIGKILL");
  await server?.exited;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, when it is JSON. */
  readonly json: Json;
  /** The data of every server-sent event. */
  readonly events: readonly string[];
}

/**
 * What tests read of answers. Nothing promises that a member is there: where it is not, the
 * expectation that reads it fails.
 */
export interface Json {
  readonly content: string;
  readonly stop: boolean;
  readonly stop_type: string;
  readonly stopping_word: string;
  readonly tokens: readonly number[];
  readonly tokens_predicted: number;
  readonly completion_probabilities: readonly {
    readonly top_logprobs: readonly { readonly id: number; readonly logprob: number }[];
  }[];
  readonly generation_settings: Readonly<Record<string, unknown>>;
  readonly choices: readonly { readonly delta: { readonly content?: string | null } }[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
  readonly timings: Readonly<Record<"cache_n" | "prompt_n" | "predicted_n", number>>;
  readonly error: { readonly code: number; readonly type: string; readonly message: string };
  readonly default_generation_settings?: { readonly n_ctx: number };
  readonly total_slots: number;
}

export interface Call {
  readonly url: string;
  readonly path: string;
  /** Text is sent as it is; anything else as JSON; absent is a GET. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function call(given: Call): Promise<Answer> {
  const outgoing = open(given);
  const [message] = (await once(outgoing, "response")) as [NodeJS.ReadableStream & Response];
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString();
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data!);
  const { statusCode: status, headers } = message;
  return { status, headers, text, events, json: parsed(text) };
}

interface Response {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
}

/** Sends a request and leaves the answer to the caller. */
export function open({ url, path, body, headers = {} }: Call): ClientRequest {
  const method = body === undefined ? "GET" : "POST";
  const outgoing = request(new URL(path, url), {
    method,
    agent: false,
    headers: { "content-type": "application/json", ...headers },
  });
  outgoing.end(typeof body === "string" ? body : JSON.stringify(body));
  return outgoing;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {} as Json;
  }
}

/** The JSON of a stream's events, without the closing `[DONE]`. */
export function eventJson({ events }: Answer): Json[] {
  return events.filter((data) => data !== "[DONE]").map((data) => JSON.parse(data) as Json);
}

/** Every path of keys in a value, with array elements as one; what two answers' shapes share. */
export function shape(value: unknown): string[] {
  const paths = new Set<string>();
  const visit = (part: unknown, path: string): void => {
    if (typeof part !== "object" || part === null) {
      paths.add(`${path}: ${part === null ? "null" : typeof part}`);
      return;
    }
    if (Array.isArray(part)) {
      for (const element of part) visit(element, `${path}[]`);
      return;
    }
    for (const [key, member] of Object.entries(part)) visit(member, `${path}.${key}`);
  };
  visit(value, "");
  return [...paths].sort();
}
