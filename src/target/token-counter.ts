/** Asks a server how it counts: `/tokenize` for plain text, one tiny request for a chat. */
import { fetchPage } from "../protocol/fetch-page.ts";
import type { Questioned } from "./probe.ts";
import type { TokenCounter } from "./learn-vocabulary.ts";

const TIMEOUT = 60_000;
/** Of an answer, bytes: enough for the tokens of the longest prompt. */
const ANSWER_LIMIT = 2 ** 26;

export interface CountedServer extends Questioned {
  readonly model: string | undefined;
  /** Whether prompts pass through its chat template. */
  readonly templated: boolean;
}

type Body = Readonly<Record<string, unknown>>;

/** Counters give undefined for whatever the server does not answer as hoped. */
export function tokenCounter(server: CountedServer): TokenCounter {
  const { baseUrl, headers, connection } = server;
  const ask = async (path: string, body: Body): Promise<Body | undefined> => {
    try {
      const { status, text } = await fetchPage(`${baseUrl}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
        connection,
        timeout: TIMEOUT,
        limit: ANSWER_LIMIT,
      });
      return status === 200 ? (JSON.parse(text) as Body) : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    templated: server.templated,
    async text(text) {
      // llama.cpp reads `content`, vLLM `prompt`, TorchBridge `text`; each ignores the others' field.
      const answer = await ask("/tokenize", {
        content: text,
        prompt: text,
        text,
        model: server.model,
        add_special: false,
        add_special_tokens: false,
      });
      const tokens = answer?.["tokens"];
      if (Array.isArray(tokens)) return tokens.length;
      const count = answer?.["num_tokens"];
      return typeof count === "number" ? count : undefined;
    },
    async prompt(text) {
      const settings = { model: server.model, max_tokens: 1, temperature: 0 };
      const messages = [{ role: "user", content: text }];
      const answer = server.templated
        ? await ask("/v1/chat/completions", { ...settings, messages })
        : await ask("/v1/completions", { ...settings, prompt: text });
      const usage = answer?.["usage"] as Body | undefined;
      const count = usage?.["prompt_tokens"];
      return typeof count === "number" ? count : undefined;
    },
  };
}
