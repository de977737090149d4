/** From what broke an exchange to the one failure kind it is reported as. */
import type { FailureKind } from "../core/records.ts";

export interface Failure {
  readonly failure: FailureKind;
  readonly message: string;
}

/** System and undici error codes while there is no response yet. */
const BEFORE_HEADERS: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: "connect_refused",
  ECONNRESET: "connect_reset",
  EPIPE: "connect_reset",
  UND_ERR_SOCKET: "connect_reset",
  ENOTFOUND: "connect_dns",
  EAI_AGAIN: "connect_dns",
  UND_ERR_CONNECT_TIMEOUT: "timeout_connect",
  ETIMEDOUT: "timeout_connect",
  UND_ERR_HEADERS_OVERFLOW: "protocol_error",
  EHOSTUNREACH: "connect_refused",
  ENETUNREACH: "connect_refused",
};

const TLS = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/;

/**
 * @param afterHeaders the response had begun: then a broken connection is a cut stream
 */
export function failureOf(error: unknown, afterHeaders: boolean): Failure {
  const code = codeOf(error);
  const message = shorten(error instanceof Error ? error.message : String(error));
  if (code.startsWith("HPE_")) return { failure: "protocol_error", message };
  if (afterHeaders) return { failure: "truncated", message };
  if (TLS.test(code)) return { failure: "connect_tls", message };
  return { failure: BEFORE_HEADERS[code] ?? "protocol_error", message };
}

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return "";
}

/** HTTP statuses that are not success, with the server's own words. */
export function statusFailure(status: number, body: string): Failure {
  const text = serverMessage(body);
  const message = `HTTP ${status}${text === "" ? "" : `: ${text}`}`;
  if (status === 401 || status === 403) return { failure: "auth", message };
  if (isContextOverflow(body)) return { failure: "context_overflow", message };
  if (status === 429 || status === 503) return { failure: "overloaded", message };
  return { failure: "http_status", message };
}

/** llama.cpp says `exceed_context_size_error`, vLLM `maximum context length`. */
export function isContextOverflow(text: string): boolean {
  return /exceed_context_size|maximum context length|exceeds the available context/i.test(text);
}

/** The error text inside a server's JSON error body, or the body itself; one line, bounded. */
export function serverMessage(body: string): string {
  try {
    return shorten(messageIn(JSON.parse(body)) ?? body);
  } catch {
    return shorten(body);
  }
}

function messageIn(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  const { error, message, detail } = value as Record<string, unknown>;
  return messageIn(error) ?? (typeof message === "string" ? message : messageIn(detail));
}

const MAX_MESSAGE = 300;

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE - 1)}…` : line;
}
