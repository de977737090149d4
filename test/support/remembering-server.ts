/**
 * A chat server with a prefix cache, as vLLM's: prompts are cached by the block, and a prompt that
 * begins as an earlier one did says so in its `usage`. A word is a token, and so is each of the
 * template's.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Remembering {
  /** Tokens that the chat template puts before the words. Default 10. */
  readonly template?: number;
  /** Tokens of a cached block. Default 16. */
  readonly block?: number;
  /** Whether `usage` has the cached tokens. Default true. */
  readonly tellsCached?: boolean;
  /** Default true. */
  readonly tokenizes?: boolean;
  /** Tokens of a word. Default 1. */
  readonly tokensOf?: (word: string) => number;
  /** Longer prompts are cut to so many tokens. */
  readonly cutsAt?: number;
}

export interface Heard {
  readonly text: string;
  readonly prompt: number;
  readonly cached: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface RememberingServer {
  readonly origin: string;
  /** Streamed requests, in order. */
  readonly heard: Heard[];
  readonly asked: Map<string, number>;
  close(): Promise<void>;
}

interface Body {
  readonly messages?: readonly { readonly content: string }[];
  readonly prompt?: string;
  readonly stream?: boolean;
  readonly max_tokens?: number;
  readonly cache_salt?: string;
}

export async function rememberingServer(options: Remembering = {}): Promise<RememberingServer> {
  const { tellsCached = true, tokenizes = true } = options;
  const tokens = tokenizer(options);
  const cache = new PrefixCache(options.block ?? 16);
  const heard: Heard[] = [];
  const asked = new Map<string, number>();
  const generate = (body: Body, response: ServerResponse): void => {
    const { messages } = body;
    const text = messages?.map(({ content }) => content).join("\n") ?? body.prompt ?? "";
    const template = messages === undefined ? 0 : (options.template ?? 10);
    const before = Array.from({ length: template }, (_, i) => `<${i}>`);
    const prompt = [...before, ...tokens(text)].slice(0, options.cutsAt);
    const cached = cache.take(prompt, body.cache_salt);
    const answer = { body, prompt: prompt.length, cached: tellsCached ? cached : undefined };
    if (body.stream !== true) {
      json(response, whole(answer));
      return;
    }
    heard.push({ text, prompt: prompt.length, cached, body: { ...body } });
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(streamed(answer));
  };
  const pages: Readonly<Record<string, (body: Body, response: ServerResponse) => void>> = {
    "/v1/models": (_, response) => {
      json(response, { data: [{ id: "m", owned_by: "vllm", max_model_len: 4096 }] });
    },
    "/v1/chat/completions": generate,
    "/v1/completions": generate,
    ...(tokenizes && {
      "/tokenize": ({ prompt = "" }: Body, response: ServerResponse) => {
        json(response, { tokens: tokens(prompt) });
      },
    }),
  };
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.set(path, (asked.get(path) ?? 0) + 1);
    void readBody(request).then((body) => {
      const page = pages[path];
      if (page === undefined) response.writeHead(404).end();
      else page(body, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => {
        resolve();
      });
    });
  return { origin: `http://127.0.0.1:${port}`, heard, asked, close };
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

async function readBody(request: IncomingMessage): Promise<Body> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? {} : (JSON.parse(text) as Body);
}

function tokenizer({ tokensOf = () => 1 }: Remembering): (text: string) => string[] {
  return (text) =>
    text
      .split(/\s+/)
      .filter((word) => word !== "")
      .flatMap((word) => Array.from({ length: tokensOf(word) }, (_, i) => `${word}:${i}`));
}

class PrefixCache {
  readonly #block: number;
  readonly #seen = new Set<string>();

  constructor(block: number) {
    this.#block = block;
  }

  /** Remembers the prompt; returns how many of its first tokens were known. The last never is. */
  take(prompt: readonly string[], salt = ""): number {
    let known = 0;
    for (let end = this.#block; end <= prompt.length; end += this.#block) {
      const key = `${salt}|${prompt.slice(0, end).join(" ")}`;
      if (this.#seen.has(key) && end < prompt.length) known = end;
      this.#seen.add(key);
    }
    return known;
  }
}

interface Answered {
  readonly body: Body;
  readonly prompt: number;
  readonly cached: number | undefined;
}

function usageOf({ body, prompt, cached }: Answered): unknown {
  return {
    prompt_tokens: prompt,
    completion_tokens: body.max_tokens ?? 1,
    ...(cached !== undefined && { prompt_tokens_details: { cached_tokens: cached } }),
  };
}

function whole(answer: Answered): unknown {
  const choice = { index: 0, finish_reason: "length", text: "w", message: { content: "w" } };
  return { choices: [choice], usage: usageOf(answer) };
}

function streamed(answer: Answered): string {
  const events: unknown[] = Array.from({ length: answer.body.max_tokens ?? 1 }, () => ({
    choices: [{ index: 0, text: " w", delta: { content: " w" } }],
  }));
  events.push({ choices: [{ index: 0, text: "", delta: {}, finish_reason: "length" }] });
  events.push({ choices: [], usage: usageOf(answer) });
  return [...events.map((one) => JSON.stringify(one)), "[DONE]"]
    .map((data) => `data: ${data}\n\n`)
    .join("");
}
