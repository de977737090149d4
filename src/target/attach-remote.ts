/** Attaches to a server that somebody else runs. */
import { exitCodes, messageOf, PlimsollError, targetError, usageError } from "../core/errors.ts";
import { codeOf, ownLimit } from "../core/own-limits.ts";
import { isSecretName } from "../core/secrets.ts";
import { present } from "../core/present.ts";
import { tlsReason, tlsWords } from "../protocol/tls-words.ts";
import { identify, type Refusal, type ServerFacts } from "./identify.ts";
import { openProbe, type Probe } from "./probe.ts";
import type { RemoteSpec, RunningTarget, TargetWorld } from "./spec.ts";

/** How often a server that is still loading is asked again, ms. */
const POLL = 250;

/** Error codes of the network -> what happened, and what to do next. */
const UNREACHABLE: readonly {
  readonly code: RegExp;
  /** Absent: the error says it itself. */
  readonly what?: string;
  readonly hint: string;
}[] = [
  {
    code: /^PROXY_FAILED$/,
    hint: 'Check --proxy and the variables HTTP_PROXY, HTTPS_PROXY, ALL_PROXY; --proxy "" goes without.',
  },
  {
    code: /^ECONNREFUSED$/,
    what: "nothing listens there (connection refused)",
    hint: "Check host and port, and that the server is running; `plimsoll serve` starts one.",
  },
  {
    code: /^(ENOENT|EACCES)$/,
    what: "there is no such socket, or it is not for us",
    hint: "Check the path of --unix-socket, and that the server is running.",
  },
  {
    code: /^(ENOTFOUND|EAI_AGAIN)$/,
    what: "the host name cannot be resolved",
    hint: "Check the spelling of the host, and this machine's DNS.",
  },
  {
    code: /TIMEOUT|^ETIMEDOUT$/,
    what: "no answer within 10 s",
    hint: "Check that a firewall or proxy does not swallow the connection, and that the server is not overloaded.",
  },
  {
    code: /^(EHOSTUNREACH|ENETUNREACH)$/,
    what: "there is no route to the host",
    hint: "Check the address and this machine's network.",
  },
  {
    code: /^(ECONNRESET|UND_ERR_SOCKET|EPIPE|HPE_.*)$/,
    what: "it does not answer in HTTP",
    hint: "Check the port, and http:// against https://; a port of gRPC (Triton's 8001) is not spoken to: give the HTTP port beside it.",
  },
];

export const GRPC_HINT =
  "Give the server's HTTP port: Triton and KServe serve the same models there (Triton: 8000 beside 8001, --api kserve-infer or triton-generate-stream; tensors as infer({ inputs }) in binary), TGI and vLLM their own API.";

/**
 * Waits until the server is ready, and asks what it is.
 *
 * @throws usageError for a bad URL; targetError when it cannot be reached, refuses our key, or still
 *   loads when `world.readyTimeout` is over; the reason of `world.signal` when that aborts
 */
export async function attachRemote(spec: RemoteSpec, world: TargetWorld): Promise<RunningTarget> {
  const { baseUrl, headers } = addressOf(spec);
  const { connection, via } = spec;
  const startedAt = world.clock.now();
  const probe = openProbe({ baseUrl, headers, connection });
  const facts = await factsWhenReady(probe, baseUrl, world);
  if (typeof facts === "number") throw refused(baseUrl, facts, headers);
  const readyMs = world.clock.now() - startedAt;
  return {
    identity: { kind: "remote", url: baseUrl, ...present({ via }), ...facts, readyMs },
    baseUrl,
    headers,
    ...(connection !== undefined && { connection }),
    warnings: [],
    owned: false,
    exited: new Promise(() => undefined),
    logTail: () => "",
    stop: () => Promise.resolve(),
  };
}

/** The base URL, free of credentials, and what has to be sent to it. */
export function addressOf(spec: RemoteSpec): Pick<RunningTarget, "baseUrl" | "headers"> {
  const url = URL.canParse(spec.url) ? new URL(spec.url) : undefined;
  if (url !== undefined && /^grpcs?:$/.test(url.protocol))
    throw usageError(`--target: gRPC is not spoken here: ${url.protocol}//${url.host}`, GRPC_HINT);
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw usageError(
      `--target: not a URL of a server: ${url === undefined ? spec.url : url.protocol}`,
      "Use `embedded`, `llama-server`, or a URL such as http://127.0.0.1:8080",
    );
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  const basic = Buffer.from(`${user}:${password}`).toString("base64");
  const path = url.pathname.replace(/\/+$/, "").replace(/\/v1$/, "");
  return {
    baseUrl: `${url.origin}${path}`,
    headers: {
      ...(user + password === "" ? {} : { authorization: `Basic ${basic}` }),
      ...spec.headers,
    },
  };
}

async function factsWhenReady(
  probe: Probe,
  baseUrl: string,
  world: TargetWorld,
): Promise<ServerFacts | Refusal> {
  try {
    await untilReady(probe, baseUrl, world);
    return await identify(probe, world.signal);
  } catch (error) {
    world.signal.throwIfAborted();
    throw unreachable(baseUrl, error);
  }
}

/**
 * Any answer but 503 is ready enough: not every server has `/health`, and TorchBridge's says that it
 * lives, while `/health/ready` says whether its model is loaded.
 */
async function untilReady(probe: Probe, baseUrl: string, world: TargetWorld): Promise<void> {
  const { clock, signal, readyTimeout } = world;
  const deadline = clock.now() + readyTimeout;
  for (;;) {
    const busy = await notReady(probe, signal);
    if (busy === undefined) return;
    if (clock.now() > deadline)
      throw targetError(
        `${baseUrl} is still not ready after ${readyTimeout / 1000} s (HTTP 503 from ${busy})`,
        "A large model may need longer: raise --ready-timeout. Else see the server's own log.",
      );
    world.onProgress?.(`waiting for ${baseUrl}: it is loading`);
    await clock.sleepUntil(clock.now() + POLL, signal);
    signal.throwIfAborted();
  }
}

/** The path that answers 503, if one does. */
async function notReady(probe: Probe, signal: AbortSignal): Promise<string | undefined> {
  for (const path of ["/health", "/health/ready"]) {
    if ((await probe.get(path, signal)).status === 503) return path;
  }
  return undefined;
}

function unreachable(baseUrl: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === "") return error;
  const own = ownLimit(code);
  if (own !== undefined)
    return new PlimsollError(
      exitCodes.invalid,
      `cannot reach ${baseUrl}: ${own.what} (${code})`,
      own.lift,
      error,
    );
  const known = tlsWords(code) ?? UNREACHABLE.find((row) => row.code.test(code));
  return targetError(
    `cannot reach ${baseUrl}: ${known?.what ?? messageOf(error)} (${reasonOf(error, code)})`,
    known?.hint ?? "Check the URL, and that the server can be reached from this machine.",
    error,
  );
}

/** The code, and of TLS what was found wrong too: `Hostname/IP does not match ...`. */
function reasonOf(error: unknown, code: string): string {
  const tls = error instanceof Error && tlsWords(code) !== undefined;
  return tls ? `${code}: ${tlsReason(error)}` : code;
}

function refused(
  baseUrl: string,
  status: Refusal,
  headers: RunningTarget["headers"],
): PlimsollError {
  const sent = Object.keys(headers).some(isSecretName);
  return targetError(
    sent
      ? `${baseUrl} refused our key (HTTP ${status})`
      : `${baseUrl} wants an API key (HTTP ${status})`,
    "Put the key into an environment variable and name that variable: --api-key-env NAME; where the server wants it in a header of its own, --api-key-header X-API-Key too.",
  );
}
