/** Asks a server how it counts: `/tokenize` for plain text, one tiny request for a chat. */
import { Agent, request } from "undici";
import type { TokenCounter } from "./prompt-book.ts";

const TIMEOUT = 60_000;

interface CountedServer {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string | undefined;
}

type Body = Readonly<Record<string, unknown>>;

/** Counters give undefined for whatever the server does not answer as hoped. */
export function tokenCounter(server: CountedServer): TokenCounter & { close(): Promise<void> } {
  const agent = new Agent({ pipelining: 0, headersTimeout: TIMEOUT, bodyTimeout: TIMEOUT });
  const ask = async (path: string, body: Body): Promise<Body | undefined> => {
    try {
      const response = await request(`${server.baseUrl}${path}`, {
        method: "POST",
        dispatcher: agent,
        headers: { "content-type": "application/json", ...server.headers },
        body: JSON.stringify(body),
      });
      const answer: unknown = await response.body.json();
      return response.statusCode === 200 ? (answer as Body) : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    async text(text) {
      // llama.cpp reads `content`, vLLM `prompt`; each ignores the other's field.
      const answer = await ask("/tokenize", {
        content: text,
        prompt: text,
        model: server.model,
        add_special: false,
        add_special_tokens: false,
      });
      const tokens = answer?.["tokens"];
      return Array.isArray(tokens) ? tokens.length : undefined;
    },
    async chat(text) {
      const answer = await ask("/v1/chat/completions", {
        model: server.model,
        messages: [{ role: "user", content: text }],
        max_tokens: 1,
        temperature: 0,
      });
      const usage = answer?.["usage"] as Body | undefined;
      const count = usage?.["prompt_tokens"];
      return typeof count === "number" ? count : undefined;
    },
    close: () => agent.destroy(),
  };
}
