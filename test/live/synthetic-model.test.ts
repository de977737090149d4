/** Synthetic models in the real llama-server. Set LLAMA_SERVER_BIN to the binary to run it. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cachedModel } from "../../src/reference-server/model/cache.ts";
import { quants } from "../../src/reference-server/model/preset.ts";
import { keptFolder } from "../support/kept-folder.ts";
import {
  call,
  ready,
  spawnServer,
  stopServer,
  type ReadyServer,
} from "../support/servers/embedded-server.ts";

const binary = process.env["LLAMA_SERVER_BIN"] ?? "";
const missing = binary === "" || !existsSync(binary);
const reason = missing ? " (skipped: LLAMA_SERVER_BIN names no llama-server)" : "";

/** The members looked at, of the answers of several paths. */
interface Reply {
  readonly content: string;
  readonly tokens: readonly number[];
  readonly tokens_predicted: number;
  readonly stop_type: string;
}

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string | null } }[];
  readonly usage?: { readonly completion_tokens: number };
}

describe.skipIf(missing).each(quants)(`tiny in %s${reason}`, (quant) => {
  let server: ReadyServer;
  beforeAll(async () => {
    const model = await cachedModel(`synth:tiny@${quant}`, keptFolder("models"));
    server = await ready(
      spawnServer(binary, [
        ...["-m", model, "--host", "127.0.0.1", "--port", "0", "--offline"],
        ...["-np", "1", "-c", "2048", "-t", "1"],
      ]),
    );
  });
  afterAll(() => stopServer(server));

  async function post(path: string, body: object): Promise<Reply> {
    const answer = await call({ url: server.url, path, body });
    expect(answer.status).toBe(200);
    return answer.json;
  }

  const greedy = { temperature: 0, cache_prompt: false };
  const wild = { temperature: 2, top_k: 0, top_p: 1, min_p: 0, seed: 3, cache_prompt: false };

  test.each([greedy, { temperature: 0.8, seed: 1 }, wild])(
    "N tokens asked for are N tokens made: %j",
    async (sampling) => {
      const made = await post("/completion", {
        prompt: " the story of a small ship",
        n_predict: 100,
        return_tokens: true,
        ...sampling,
      });
      expect(made).toMatchObject({ tokens_predicted: 100, stop_type: "limit" });
      expect(made.content).toMatch(/^( [a-z]+){100}$/);
      const again = await post("/tokenize", { content: made.content });
      expect(again.tokens).toEqual(made.tokens);
    },
  );

  test("greedy text is the same every time", async () => {
    const body = { prompt: " once upon a time", n_predict: 64, ...greedy };
    const once = await post("/completion", body);
    expect((await post("/completion", body)).content).toBe(once.content);
  });

  test("a chat streams one event of content for each token", async () => {
    const { events } = await call({
      url: server.url,
      path: "/v1/chat/completions",
      body: {
        messages: [{ role: "user", content: "Hello there, what is the time?" }],
        max_tokens: 50,
        stream: true,
        stream_options: { include_usage: true },
        ...greedy,
      },
    });
    const chunks = events.slice(0, -1).map((data) => JSON.parse(data) as Chunk);
    const texts = chunks.flatMap((chunk) => chunk.choices[0]?.delta.content ?? []);
    expect(texts).toHaveLength(50);
    for (const text of texts) expect(text).toMatch(/^ [a-z]+$/);
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(50);
    expect(JSON.stringify(chunks)).toContain('"finish_reason":"length"');
    expect(JSON.stringify(chunks)).not.toMatch(/reasoning_content|tool_calls/);
  });

  test("a text comes back from its tokens as it was", async () => {
    const content = ' Hello,  world .\n\tIt \'s "the" {end} é 漢字 🙂 ?';
    const { tokens } = await post("/tokenize", { content });
    expect((await post("/detokenize", { tokens })).content).toBe(content);
  });
});
