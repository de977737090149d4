/** Which path is answered how. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError } from "../api/api-error.ts";
import { chatPrompt } from "../api/chat-prompt.ts";
import { modelsJson, propsJson, slotsJson } from "../api/describe.ts";
import { metricsText } from "../api/metrics.ts";
import { detokenize, tokenize } from "../api/tokenize.ts";
import type { Body } from "../api/request-fields.ts";
import type { Service } from "../service.ts";
import { generate } from "./generate.ts";
import { sendJson, sendText } from "./respond.ts";

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** Reads the request's JSON. */
  readonly body: () => Promise<Body>;
}

type Handler = (service: Service, exchange: Exchange) => void | Promise<void>;

const health: Handler = (_, { response }) => {
  sendJson(response, 200, { status: "ok" });
};

const models: Handler = (service, { response }) => {
  sendJson(response, 200, modelsJson(service.engine, service.unixTime()));
};

const chat: Handler = async (service, { response, body }) => {
  const given = await body();
  const prompt = chatPrompt(given, service.engine);
  generate(service, response, "chat", { ...given, prompt });
};

const native: Handler = async (service, { response, body }) => {
  generate(service, response, "native", await body());
};

const completion: Handler = async (service, { response, body }) => {
  generate(service, response, "completion", await body());
};

const slots: Handler = ({ engine }, { response, url }) => {
  const busy = engine.loop.slots.every(({ active }) => active !== undefined);
  if (busy && (url.searchParams.get("fail_on_no_slot") ?? "") !== "") {
    throw new ApiError("unavailable_error", "no slot available");
  }
  sendJson(response, 200, slotsJson(engine));
};

const metrics: Handler = ({ engine, startedAt }, { response }) => {
  response.setHeader("Process-Start-Time-Unix", startedAt);
  sendText(response, "text/plain; version=0.0.4", metricsText(engine.loop));
};

const props: Handler = ({ engine }, { response }) => {
  sendJson(response, 200, propsJson(engine));
};

const tokenizeText: Handler = async ({ engine }, { response, body }) => {
  sendJson(response, 200, tokenize(await body(), engine.vocabulary));
};

const detokenizeTokens: Handler = async ({ engine }, { response, body }) => {
  sendJson(response, 200, detokenize(await body(), engine.vocabulary));
};

const applyTemplate: Handler = async ({ engine }, { response, body }) => {
  sendJson(response, 200, { prompt: chatPrompt(await body(), engine) });
};

export const routes: ReadonlyMap<string, Handler> = new Map([
  ["GET /health", health],
  ["GET /v1/health", health],
  ["GET /models", models],
  ["GET /v1/models", models],
  ["GET /props", props],
  ["GET /slots", slots],
  ["GET /metrics", metrics],
  ["POST /chat/completions", chat],
  ["POST /v1/chat/completions", chat],
  ["POST /v1/completions", completion],
  ["POST /completion", native],
  ["POST /completions", native],
  ["POST /tokenize", tokenizeText],
  ["POST /detokenize", detokenizeTokens],
  ["POST /apply-template", applyTemplate],
]);

/** Answered without the API key. */
export const publicPaths: ReadonlySet<string> = new Set(["/health", "/v1/health"]);
