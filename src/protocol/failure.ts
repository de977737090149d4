/** From what broke an exchange to the one failure kind it is reported as. */
import { messageOf } from "../core/errors.ts";
import { codeOf, ownLimit, type OwnLimit } from "../core/own-limits.ts";
import type { FailureKind } from "../core/request-record.ts";
import { removeSecrets } from "../core/secrets.ts";
import { NotHttp } from "./http1/head.ts";
import { asObject, type JsonObject } from "./json.ts";
import { tlsReason, tlsWords } from "./tls-words.ts";

export interface Failure {
  readonly failure: FailureKind;
  readonly message: string;
}

/** System error codes while there is no response yet. */
const BEFORE_HEADERS: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: "connect_refused",
  ECONNRESET: "connect_reset",
  EPIPE: "connect_reset",
  ENOTFOUND: "connect_dns",
  EAI_AGAIN: "connect_dns",
  ETIMEDOUT: "timeout_connect",
  EHOSTUNREACH: "connect_refused",
  ENETUNREACH: "connect_refused",
  // Of unix sockets: there is none at that path, or it is not for us.
  ENOENT: "connect_refused",
  EACCES: "connect_refused",
  PROXY_FAILED: "connect_proxy",
};

/**
 * @param afterHeaders the response had begun: then a broken connection is a cut stream
 */
export function failureOf(error: unknown, afterHeaders: boolean): Failure {
  const code = codeOf(error);
  const own = ownLimit(code);
  if (own !== undefined) return { failure: "client_resources", message: ownWords(error, own) };
  const message = shorten(error instanceof Error ? error.message : String(error));
  if (error instanceof NotHttp) return { failure: "protocol_error", message };
  if (afterHeaders) return { failure: "truncated", message };
  const tls = tlsWords(code);
  if (tls !== undefined && error instanceof Error) {
    const said = shorten(`${tls.what} (${tlsReason(error)}). ${tls.hint}`);
    return { failure: "connect_tls", message: said };
  }
  return { failure: BEFORE_HEADERS[code] ?? "protocol_error", message };
}

/** Without the local address, which a connection that was never made does not have. */
function ownWords(error: unknown, { what, lift }: OwnLimit): string {
  const words = messageOf(error).replace(/ - Local \([^)]*\)/g, "");
  return shorten(`${words}: ${what}; ${lift}`);
}

/** What came with an HTTP status that is not success. */
export interface ErrorResponse {
  readonly body: string;
  /** Where a redirect points; it is not followed. */
  readonly location?: string | undefined;
}

/** A body under a status of success that is nothing of what the API answers with. */
export function notAnAnswer(
  status: number,
  { api, contentType, beginning }: Record<"api" | "contentType" | "beginning", string>,
): Failure {
  const type = contentType === "" ? "no content type" : contentType;
  const said = beginning.trim() === "" ? "nothing in it" : `"${serverMessage(beginning)}"`;
  const message = `HTTP ${status} (${type}), but no answer of the API ${api}: ${said}`;
  return { failure: "protocol_error", message };
}

/** HTTP statuses that are not success, with the server's own words. */
export function statusFailure(status: number, { body, location }: ErrorResponse): Failure {
  const redirect = status < 400 && location !== undefined;
  const text = redirect ? `a redirect to ${removeSecrets(location)}` : serverMessage(body);
  const message = `HTTP ${status}${text === "" ? "" : `: ${text}`}`;
  if (status === 401 || status === 403) return { failure: "auth", message };
  if (isContextOverflow(body)) return { failure: "context_overflow", message };
  if (status === 429 || status === 503) return { failure: "overloaded", message };
  return { failure: "http_status", message };
}

/**
 * In the words of llama.cpp (also for a shared cache that is full), vLLM, SGLang, TGI, Ollama and
 * LM Studio, Anthropic.
 */
const CONTEXT_OVERFLOW = new RegExp(
  [
    "exceed_context_size|exceeds the available context|context size has been exceeded",
    "maximum context length|longer than the model's context length",
    "`inputs` (tokens|must have)",
    "exceeds the context length|context the overflows",
    "prompt is too long",
  ].join("|"),
  "i",
);

export function isContextOverflow(text: string): boolean {
  return CONTEXT_OVERFLOW.test(text);
}

const OVERLOAD = new RegExp(
  "overload|queue is full|maximum queue size|server busy|too many requests|rate.?limit|" +
    "service_unavailable|unavailable_error",
  "i",
);

/**
 * The error in a body or event under HTTP 200, in any of the forms that servers use: under `error`
 * as an object or a text, or not under anything in an event that is itself called an error.
 */
export function errorIn(json: JsonObject, eventName?: string): Failure | undefined {
  const { error } = json;
  const wrapped = error !== undefined && error !== null && error !== "" && error !== false;
  const bare = eventName === "error" || json["type"] === "error" || json["object"] === "error";
  return wrapped || bare ? errorFailure(json) : undefined;
}

/** An error that came under HTTP 200. Overload, context overflow and auth keep their own kinds. */
export function errorFailure(json: JsonObject): Failure {
  const body = JSON.stringify(json);
  const message = serverMessage(body);
  const code = errorCode(json);
  if (code === 401 || code === 403) return { failure: "auth", message };
  if (isContextOverflow(body)) return { failure: "context_overflow", message };
  const overloaded = code === 503 || code === 429 || OVERLOAD.test(body);
  return { failure: overloaded ? "overloaded" : "server_error", message };
}

/** The HTTP status that the error would have had. */
function errorCode(json: JsonObject): number {
  const { code, http_status_code, status_code } = asObject(json["error"]) ?? json;
  const said = code ?? http_status_code ?? status_code;
  return typeof said === "number" || typeof said === "string" ? Number(said) : NaN;
}

/** The error text inside a server's JSON error body, or the body itself; one line, bounded. */
export function serverMessage(body: string): string {
  try {
    const found = messageIn(JSON.parse(body)) ?? "";
    return shorten(found.trim() === "" ? body : found);
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
const MESSAGE_END = 140;

/** One line, cut in the middle: the reason is usually last. */
function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= MAX_MESSAGE) return line;
  const start = line.slice(0, MAX_MESSAGE - MESSAGE_END - 3).trimEnd();
  return `${start} … ${line.slice(-MESSAGE_END).trimStart()}`;
}
