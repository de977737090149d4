/** The telemetry of one run: what is sampled, from when to when, and what must be there. */
import type { Clock, ClockOrigin } from "../../core/clock.ts";
import type { MetricMapping } from "../../core/metric-mapping.ts";
import { exitCodes, PlimsollError, usageError } from "../../core/errors.ts";
import type { PhaseMark, RunLine } from "../../core/records.ts";
import type { SourceLine } from "../../core/telemetry-lines.ts";
import { present } from "../../core/present.ts";
import type { SamplerTask } from "../../observe/sampler-messages.ts";
import { Telemetry } from "../../observe/telemetry.ts";
import type { RunningTarget } from "../../target/spec.ts";
import type { Runtime } from "../runtime.ts";
import { isThisMachine } from "./same-machine.ts";
import type { SamplerData } from "./sampler-entry.ts";

/** What the flags say about telemetry. */
export interface TelemetryRequest {
  /** Ms between readings of sensors; the slower ones are never read more often than once a second. */
  readonly interval?: number;
  /** Sources or series without which the run is refused. */
  readonly required: readonly string[];
  /** GPUs that are reached over the network. */
  readonly remote: {
    readonly urls: readonly string[];
    readonly hosts: readonly string[];
    readonly tokenEnv?: string;
  };
}

export interface RunTelemetry {
  /** Everything is looked for. @throws usage error when something required is not there */
  readonly ready: () => Promise<void>;
  readonly addEdges: (marks: readonly PhaseMark[]) => void;
  /** Reads everything; resolves when the readings are recorded. */
  readonly readNow: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Sensors are read so often: alone on the client's machine, and beside the server. Ms. */
const FAST = { apart: 100, shared: 250 } as const;
const MEDIUM = 1000;

export interface TelemetryNeeds {
  readonly request: TelemetryRequest | undefined;
  /** The scenario's own words for the server's metrics. */
  readonly mapping?: MetricMapping | undefined;
  readonly target: RunningTarget;
  readonly runtime: Runtime;
  readonly origin: ClockOrigin;
  readonly clock: Clock;
  readonly onLines: (lines: readonly RunLine[]) => void;
}

/** Starts sampling, unless it is switched off. */
export async function openTelemetry(needs: TelemetryNeeds): Promise<RunTelemetry> {
  const { request, runtime, clock, onLines } = needs;
  if (request === undefined) return NO_TELEMETRY;
  const telemetry = new Telemetry({
    entry: new URL(`./sampler-entry.${suffixOf(import.meta.url)}`, import.meta.url),
    task: await taskOf(needs, request),
    ...{ clock, execArgv: runtime.nodeArgs, onLines },
  });
  return {
    ready: async () => {
      const problem = missingOf(request.required, await telemetry.found);
      if (problem !== undefined) throw problem;
    },
    addEdges: (marks) => {
      telemetry.addEdges([...new Set(marks.flatMap(({ start, end }) => [start, end]))]);
    },
    readNow: () => telemetry.readNow(),
    stop: () => telemetry.stop(),
  };
}

const NO_TELEMETRY: RunTelemetry = {
  ready: () => Promise.resolve(),
  addEdges: () => undefined,
  readNow: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};

async function taskOf(
  { target, runtime, origin, mapping }: TelemetryNeeds,
  { interval, remote }: TelemetryRequest,
): Promise<SamplerData> {
  const { baseUrl, headers, identity, owned, connection } = target;
  const sameMachine = owned || (await isThisMachine(baseUrl));
  const fast = interval ?? (sameMachine === true ? FAST.shared : FAST.apart);
  const { server: product, model, pid: serverPid } = identity;
  return {
    origin,
    intervals: { fast, medium: Math.max(fast, MEDIUM) },
    root: "/",
    clientPid: runtime.pid,
    server: { baseUrl, headers, ...present({ product, model, mapping }) },
    remoteGpus: remoteGpusOf(remote, runtime),
    ...present({ serverPid, sameMachine, connection }),
  };
}

/** The token is sent to all of them. @throws usage error when there is none where it should be */
export function remoteGpusOf(
  { urls, hosts, tokenEnv }: TelemetryRequest["remote"],
  runtime: Runtime,
): SamplerTask["remoteGpus"] {
  const token = tokenEnv === undefined ? undefined : (runtime.env[tokenEnv] ?? "").trim();
  if (token === "")
    throw usageError(
      `--gpu-token-env ${tokenEnv ?? ""}: there is no such variable, or it is empty`,
    );
  const headers = { authorization: `Bearer ${token ?? ""}` };
  return {
    urls: urls.map((url) => ({ ...withoutPassword(url), ...(token !== undefined && { headers }) })),
    hosts,
  };
}

/** What is recorded of an address has no password in it: that goes into a header. */
function withoutPassword(url: string): { url: string; headers: Readonly<Record<string, string>> } {
  const parsed = new URL(url);
  const { username, password } = parsed;
  if (username === "" && password === "") return { url, headers: {} };
  parsed.username = parsed.password = "";
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = `Basic ${Buffer.from(words).toString("base64")}`;
  return { url: parsed.href, headers: { authorization } };
}

/** Why the run cannot begin, where something that it requires is not there. */
export function missingOf(
  required: readonly string[],
  found: readonly SourceLine[],
): PlimsollError | undefined {
  const lacking = required.filter(
    (name) => !found.some((line) => line.available && has(line, name)),
  );
  if (lacking.length === 0) return undefined;
  const why = lacking.map((name) => {
    const lines = found.filter(
      (line) => line.source === name || line.missing?.[name] !== undefined,
    );
    const reasons = lines.map((line) => line.missing?.[name] ?? reasonOf(line));
    return `${name}: ${reasons.join("; ") || "no source gives it here"}`;
  });
  return new RunRefused(
    `--require-telemetry: ${lacking.join(", ")} cannot be sampled here`,
    `${why.join("\n")}\n\`plimsoll doctor\` shows every source.`,
  );
}

/** The run was not begun, since something that it was told to need is not there. */
export class RunRefused extends PlimsollError {
  constructor(message: string, hint: string) {
    super(exitCodes.usage, message, hint);
  }
}

/** `gpu` stands for whatever gives a series of a GPU; so do `host`, `server`, ... */
function has({ source, gives = [] }: SourceLine, name: string): boolean {
  const family = source.split(":")[0];
  return (
    source === name ||
    family === name ||
    gives.includes(name) ||
    gives.some((series) => series.startsWith(`${name}_`))
  );
}

function reasonOf({ reason = "it gives nothing here", advice }: SourceLine): string {
  return advice === undefined ? reason : `${reason} (${advice})`;
}

function suffixOf(url: string): string {
  return url.endsWith(".ts") ? "ts" : "js";
}
