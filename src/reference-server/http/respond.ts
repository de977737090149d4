/** Whole answers. */

import type { ServerResponse } from "node:http";
import type { ApiError } from "../api/api-error.ts";

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, "application/json; charset=utf-8", JSON.stringify(body));
}

export function sendText(response: ServerResponse, type: string, text: string): void {
  send(response, 200, type, text);
}

/** The connection ends with an error, as llama-server's do: the request may not have been read. */
export function sendError(response: ServerResponse, error: ApiError): void {
  response.setHeader("Connection", "close");
  sendJson(response, error.status, { error });
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(text);
  response.writeHead(status, { "Content-Type": type, "Content-Length": body.length });
  response.end(body);
}
