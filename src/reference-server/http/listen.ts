/** The HTTP server: it listens before the model is there, and answers 503 until it is. */

import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messageOf, targetError } from "../../core/errors.ts";
import { asApiError } from "../api/api-error.ts";
import type { ApiError } from "../api/api-error.ts";
import type { Service } from "../service.ts";
import { isAuthorized } from "./authorize.ts";
import { readBody } from "./read-body.ts";
import { sendError, sendJson } from "./respond.ts";
import { publicPaths, routes } from "./routes.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
  readonly apiKey: string | undefined;
  /** Bytes of a request's body. */
  readonly maxBody: number;
  readonly log: (line: string) => void;
}

export interface Listener {
  readonly url: string;
  /** Answers requests from now on. */
  ready(service: Service): void;
  /** Stops listening and drops every connection. */
  close(): void;
}

/** How long a client may take to send its headers, and its whole request; ms. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 60_000;
/** llama-server's keep-alive. */
const KEEP_ALIVE_TIMEOUT = 5_000;
/** How long the rest of a refused request is read, so that the client sees the answer; ms. */
const LINGER = 1_000;

export async function listen(options: ListenOptions): Promise<Listener> {
  let service: Service | undefined;
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
      maxHeaderSize: 16_384,
    },
    (request, response) => {
      void answer({ request, response, service, options });
    },
  );
  await bound(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    ready: (given) => {
      service = given;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function bound(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const busy = error.code === "EADDRINUSE";
      const hint = busy
        ? "choose another --port, or 0 for any free one"
        : "check --host and --port";
      const reason = busy ? "the port is in use" : messageOf(error);
      reject(targetError(`cannot listen on ${host} port ${port}: ${reason}`, hint, error));
    });
    server.listen(port, host, resolve);
  });
}

interface Incoming {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly service: Service | undefined;
  readonly options: ListenOptions;
}

async function answer(incoming: Incoming): Promise<void> {
  const { request, response, options } = incoming;
  response.setHeader("Server", "plimsoll");
  try {
    await dispatch(incoming);
  } catch (error) {
    const failure = asApiError(error);
    if (failure.status === 500) options.log(`error: ${failure.message}`);
    refuse(request, response, failure);
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, error: ApiError): void {
  if (response.destroyed) return;
  sendError(response, error);
  if (request.complete) return;
  request.resume();
  const timer = setTimeout(() => request.destroy(), LINGER);
  request.once("close", () => {
    clearTimeout(timer);
  });
}

async function dispatch({ request, response, service, options }: Incoming): Promise<void> {
  const { maxBody, apiKey } = options;
  const url = new URL(request.url ?? "/", "http://server");
  if (service === undefined) {
    sendPlainError(response, 503, "Loading model", "unavailable_error");
    return;
  }
  if (!publicPaths.has(url.pathname) && !isAuthorized(request, apiKey)) {
    sendPlainError(response, 401, "Invalid API Key", "authentication_error");
    return;
  }
  const handler = routes.get(`${request.method ?? ""} ${url.pathname}`);
  if (handler === undefined) {
    sendPlainError(response, 404, "File Not Found", "not_found_error");
    return;
  }
  await handler(service, { request, response, url, body: () => readBody(request, maxBody) });
}

/** These three come from llama-server's HTTP layer, which orders the members differently. */
function sendPlainError(response: ServerResponse, code: number, message: string, type: string) {
  response.setHeader("Connection", "close");
  sendJson(response, code, { error: { message, type, code } });
}
