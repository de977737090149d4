/**
 * The embedded server beside the real llama-server, on the same model: what one answers, the other
 * must answer. Set LLAMA_SERVER_BIN to the binary to run it.
 */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  call,
  eventJson,
  ready,
  shape,
  spawnEmbedded,
  spawnServer,
  stopServer,
  testModel,
  type Answer,
  type Json,
  type ReadyServer,
} from "../support/servers/embedded-server.ts";

const binary = process.env["LLAMA_SERVER_BIN"] ?? "";
const missing = binary === "" || !existsSync(binary);
if (missing) {
  console.warn(`skipped: LLAMA_SERVER_BIN (${JSON.stringify(binary)}) names no llama-server`);
}

const SLOTS = 2;
const CONTEXT = 512;
const CHAT = "/v1/chat/completions";
const messages = [
  { role: "system", content: "you are the voice of the river" },
  { role: "user", content: "tell us about the land\nand the people, 123 é 🙂" },
];
const prompt = "the people of the world";

/** Texts long enough apart that each asks the model something else. */
const prompts = [
  prompt,
  "tell us about the land",
  "a voice in the river",
  "one two three",
  "my house and your house",
  "she said that he was",
];

/** Top two tokens closer than this (nats) may change places; mean distances are 0.3 to 0.5. */
const UNDECIDED = { f16: 0.05, q8_0: 0.25 };

interface Pair {
  readonly real: ReadyServer;
  readonly embedded: ReadyServer;
}

async function startPair(quant: "f16" | "q8_0"): Promise<Pair> {
  const model = await testModel(quant);
  const real = spawnServer(binary, [
    ...["-m", model, "--host", "127.0.0.1", "--port", "0", "--offline", "--alias", "tiny"],
    ...["-np", String(SLOTS), "-c", String(SLOTS * CONTEXT), "-t", "1", "--metrics"],
    ...["--no-cache-prompt", "--cache-ram", "0", "-fa", "auto"],
  ]);
  const embedded = spawnEmbedded([
    ...["--model", model, "--parallel", String(SLOTS), "--ctx", String(CONTEXT)],
    ...["--threads", "1", "--alias", "tiny"],
  ]);
  return { real: await ready(real), embedded: await ready(embedded) };
}

async function both(
  { real, embedded }: Pair,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
): Promise<[Answer, Answer]> {
  const ask = ({ url }: ReadyServer): Promise<Answer> =>
    call({ url, path, body, ...(headers === undefined ? {} : { headers }) });
  return Promise.all([ask(real), ask(embedded)]);
}

/** Members that describe the software or the moment, not the answer. */
const VOLATILE = /timings|created|"id"|fingerprint|_ms|per_second/;

/** An answer with what differs between any two runs removed. */
function stable(value: Json | undefined): Json {
  return JSON.parse(
    JSON.stringify(value, (key, member: unknown) =>
      VOLATILE.test(key) || ["id", "samplers", "reasoning_format"].includes(key)
        ? undefined
        : member,
    ),
  ) as Json;
}

/** An answer without its text too. */
function wordless(value: Json | undefined): Json {
  return JSON.parse(
    JSON.stringify(stable(value), (key, member: unknown) =>
      ["content", "text", "tokens"].includes(key) ? typeof member : member,
    ),
  ) as Json;
}

describe.skipIf(missing).each(["f16", "q8_0"] as const)("on the same %s model", (quant) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair(quant);
  });
  afterAll(async () => {
    await Promise.all([stopServer(pair.real), stopServer(pair.embedded)]);
  });

  test.each([
    ["a chat with usage", CHAT, { messages, stream_options: { include_usage: true } }],
    ["a chat without usage", CHAT, { messages }],
    ["a chat with timings", CHAT, { messages, timings_per_token: true }],
    ["a chat that ignores the end", CHAT, { messages, ignore_eos: true }],
    ["a text completion", "/v1/completions", { prompt }],
    ["a native completion", "/completion", { prompt }],
    ["a prompt of tokens", "/completion", { prompt: [1, 700, 701, 702] }],
  ])("%s streams the same events", async (_, path, request) => {
    const body = { ...request, stream: true, temperature: 0, max_tokens: 40 };
    const [real, embedded] = await both(pair, path, body);
    expect(eventJson(embedded).map(shape)).toEqual(eventJson(real).map(shape));
    expect(eventJson(embedded).map(wordless)).toEqual(eventJson(real).map(wordless));
    expect(embedded.events.at(-1) === "[DONE]").toBe(real.events.at(-1) === "[DONE]");
    expect(counts(embedded)).toEqual(counts(real));
  });

  test.each([
    ["a chat", CHAT, { messages }],
    ["a text completion", "/v1/completions", { prompt }],
    ["a native completion", "/completion", { prompt, return_tokens: true }],
  ])("%s that is not streamed is the same", async (_, path, request) => {
    const [real, embedded] = await both(pair, path, { ...request, temperature: 0, max_tokens: 9 });
    expect(shape(embedded.json)).toEqual(shape(real.json));
    expect(wordless(embedded.json)).toEqual(wordless(real.json));
  });

  test.each(prompts)("greedy tokens after %j are the same", async (text) => {
    const body = { prompt: text, temperature: 0, n_predict: 40, return_tokens: true };
    const [real, embedded] = await Promise.all([
      call({ url: pair.real.url, path: "/completion", body: { ...body, n_probs: 5 } }),
      call({ url: pair.embedded.url, path: "/completion", body }),
    ]);
    const { tokens, completion_probabilities: places } = real.json;
    const found = embedded.json.tokens;
    const at = tokens.findIndex((token, place) => token !== found[place]);
    if (at < 0) return;
    // The two are built for different instruction sets and round differently: where the model
    // itself is undecided between two tokens, either may come first, and the texts part there.
    const best = places[at]!.top_logprobs;
    const chosen = best.find(({ id }) => id === found[at]);
    expect(best[0]!.logprob - chosen!.logprob).toBeLessThan(UNDECIDED[quant]);
  });

  test("a stop string ends the text at the same place", async () => {
    const body = { prompt, stream: true, temperature: 0, n_predict: 12 };
    const stopped = async ({ url }: ReadyServer): Promise<unknown> => {
      const free = await call({ url, path: "/completion", body: { ...body, stream: false } });
      const words = free.json.content.trim().split(" ");
      const stop = [`${words[5]!} ${words[6]!}`];
      const answer = await call({ url, path: "/completion", body: { ...body, stop } });
      const text = eventJson(answer).map(({ content }) => content);
      const { stopping_word, generation_settings, ...last } = wordless(eventJson(answer).at(-1));
      expect([stopping_word, generation_settings["stop"]]).toEqual([stop[0], stop]);
      expect(text.join("").trim()).toBe(words.slice(0, 5).join(" "));
      return last;
    };
    expect(await stopped(pair.embedded)).toEqual(await stopped(pair.real));
  });

  test("a full context ends the text with the same counts", async () => {
    const full = `${prompt} `.repeat(95);
    const body = { prompt: full, stream: true, temperature: 0, ignore_eos: true };
    const [real, embedded] = await both(pair, "/completion", body);
    expect(eventJson(real).at(-1)).toMatchObject({ truncated: true, stop_type: "limit" });
    expect(wordless(eventJson(embedded).at(-1))).toEqual(wordless(eventJson(real).at(-1)));
    expect(embedded.events).toHaveLength(real.events.length);
  });

  test.each([
    ["/tokenize", { content: "The people, 123 é 🙂 <|im_end|>" }],
    ["/tokenize", { content: "the end", add_special: true, with_pieces: true }],
    ["/tokenize", { content: "é <|im_end|>", with_pieces: true, parse_special: false }],
    ["/tokenize", { content: ["the", 700, " end"] }],
    ["/tokenize", {}],
    ["/detokenize", { tokens: [700, 2, 5, 198, 172, 701] }],
    ["/apply-template", { messages }],
  ])("%s %j is the same", async (path, body) => {
    const [real, embedded] = await both(pair, path, body);
    expect(embedded.json).toEqual(real.json);
  });

  test.each([
    ["too long a prompt", "/completion", { prompt: prompt.repeat(900) }],
    ["too long a prompt, streamed", CHAT, { messages: long(), stream: true }],
    ["no prompt", "/completion", {}],
    ["a prompt of the wrong type", "/completion", { prompt: { a: 1 } }],
    ["no prompts", "/completion", { prompt: [] }],
    ["a token that does not exist", "/completion", { prompt: [1, 999_999] }],
    ["no messages", CHAT, {}],
    ["messages of the wrong type", CHAT, { messages: "hello" }],
    ["a message without content", CHAT, { messages: [{ role: "user" }] }],
    ["unknown content", CHAT, { messages: [{ role: "user", content: [{ type: "zzz" }] }] }],
    ["content of the wrong type", CHAT, { messages: [{ role: "user", content: 5 }] }],
    ["a number that is a text", "/completion", { prompt, n_predict: "many" }],
    ["a number out of range", "/completion", { prompt, n_predict: -2 }],
    ["a flag that is a number", "/completion", { prompt, stream: "yes" }],
    ["too many completions", "/completion", { prompt, n: 99 }],
    ["an unknown path", "/v1/nothing", {}],
    ["a wrong method", "/health", {}],
    ["a wrong method for a post", "/completion", undefined],
  ])("%s is refused in the same words", async (_, path, body) => {
    const [real, embedded] = await both(pair, path, body);
    expect({ status: embedded.status, body: embedded.json }).toEqual({
      status: real.status,
      body: real.json,
    });
    expect(Object.keys(embedded.json.error)).toEqual(Object.keys(real.json.error));
    expect(embedded.headers.connection).toBe(real.headers.connection);
  });

  test("a body that is not JSON is refused the same way", async () => {
    const [real, embedded] = await both(pair, "/completion", "{bad json");
    expect(embedded.status).toBe(real.status);
    expect(embedded.json.error.type).toBe(real.json.error.type);
    expect(shape(embedded.json)).toEqual(shape(real.json));
  });

  test.each(["/props", "/v1/models", "/slots", "/health"])(
    "%s has what a client reads",
    async (path) => {
      const [real, embedded] = await both(pair, path);
      const known = new Set(shape(real.json));
      expect(embedded.status).toBe(real.status);
      expect(shape(embedded.json).filter((member) => !known.has(member))).toEqual([]);
      const { default_generation_settings: defaults, total_slots } = embedded.json;
      expect([defaults?.n_ctx, total_slots]).toEqual([
        real.json.default_generation_settings?.n_ctx,
        real.json.total_slots,
      ]);
    },
  );

  test("the metrics count the same", async () => {
    const before = await metrics(pair);
    await both(pair, CHAT, { messages, temperature: 0, max_tokens: 7 });
    const after = await metrics(pair);
    for (const name of ["prompt_tokens_total", "tokens_predicted_total", "n_decode_total"]) {
      const [real, embedded] = [0, 1].map((at) => after[at]!.get(name)! - before[at]!.get(name)!);
      expect([name, embedded]).toEqual([name, real]);
    }
    const unknown = [...after[1].keys()].filter((name) => !after[0].has(name));
    expect(unknown).toEqual([]);
  });
});

function long(): unknown[] {
  return [{ role: "user", content: prompt.repeat(900) }];
}

/** What either server says it did. */
function counts(answer: Answer): unknown {
  const { timings, usage } = eventJson(answer).at(-1)!;
  const { cache_n, prompt_n, predicted_n } = timings;
  return { cache_n, prompt_n, predicted_n, usage };
}

async function metrics(pair: Pair): Promise<[Map<string, number>, Map<string, number>]> {
  const [real, embedded] = await both(pair, "/metrics");
  const read = ({ text }: Answer): Map<string, number> =>
    new Map([...text.matchAll(/^llamacpp:(\w+) (\S+)$/gm)].map(([, k, v]) => [k!, Number(v)]));
  return [read(real), read(embedded)];
}
