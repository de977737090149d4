import { readFileSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  call,
  eventJson,
  open,
  shape,
  startEmbedded,
  stopServer,
  type Answer,
  type Json,
  type ReadyServer,
} from "../support/servers/embedded-server.ts";

const CHAT = "/v1/chat/completions";
const CONTEXT = 256;
const messages = [{ role: "user", content: "the people of the world" }];

let server: ReadyServer;
beforeAll(async () => {
  server = await startEmbedded([
    "--parallel",
    "2",
    "--ctx",
    String(CONTEXT),
    "--max-body",
    "65536",
  ]);
});
afterAll(() => stopServer(server));

const get = (path: string): Promise<Answer> => call({ url: server.url, path });
const post = (path: string, body: unknown): Promise<Answer> =>
  call({ url: server.url, path, body });

/** The body of a capture of a real llama-server: JSON, or the JSON of its events. */
function capture(name: string): Json[] {
  const text = readFileSync(new URL(`../fixtures/llama-server/${name}`, import.meta.url), "utf8");
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data!);
  const lines = events.length > 0 ? events : [text.slice(text.indexOf("\r\n\r\n") + 4)];
  return lines.filter((line) => line !== "[DONE]").map((line) => JSON.parse(line) as Json);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function gauge(name: string): Promise<number> {
  const { text } = await get("/metrics");
  return Number(new RegExp(`^llamacpp:${name} (\\S+)$`, "m").exec(text)?.[1]);
}

describe("events have the shape of llama-server's captures", () => {
  const three = { temperature: 0, max_tokens: 3, stream: true };
  const prompt = "the people";
  test.each([
    ["chat-stream-usage.raw", CHAT, { messages, stream_options: { include_usage: true } }],
    ["chat-stream-nousage.raw", CHAT, { messages }],
    ["cmpl-stream.raw", "/v1/completions", { prompt }],
    ["native-stream.raw", "/completion", { prompt, ignore_eos: true }],
  ])("%s", async (name, path, body) => {
    const answer = await post(path, { ...three, ...body });
    expect(eventJson(answer).map(shape)).toEqual(capture(name).map(shape));
  });

  test("progress, timings for each token, and two prompts with their null", async () => {
    const progress = { messages, ...three, return_progress: true, timings_per_token: true };
    const chat = eventJson(await post(CHAT, { ...progress, max_tokens: 2 }));
    const known = capture("chat-stream-progress.raw");
    expect(shape(chat[0])).toEqual(shape(known[0]));
    expect(shape(chat[1])).toEqual(shape(known[1]));
    const two = await post("/completion", { ...three, prompt: ["a", "b"] });
    expect(two.events).toContain("null");
    expect(eventJson(two).filter((event) => (event as Json | null)?.stop)).toHaveLength(2);
  });

  test("a chat that is not streamed", async () => {
    const { json } = await post(CHAT, { messages, max_tokens: 2 });
    expect(shape(json)).toEqual(shape(capture("chat-nonstream.raw")[0]));
  });

  test.each([
    ["slots.raw", "/slots"],
    ["props.raw", "/props"],
    ["models.raw", "/v1/models"],
  ])("%s has everything that %s answers", async (name, path) => {
    const text = readFileSync(new URL(`../fixtures/llama-server/${name}`, import.meta.url), "utf8");
    const { json } = await get(path);
    const members = [...JSON.stringify(json).matchAll(/"([^"\\]+)":/g)].map(([, key]) => key!);
    // The capture of /props was cut off inside the chat template; these come after it.
    const later = ["bos_token", "eos_token", "build_info", "is_sleeping"];
    expect(members.filter((key) => !text.includes(`"${key}"`) && !later.includes(key))).toEqual([]);
  });
});

test("every count of an answer agrees: events, usage, timings and metrics", async () => {
  const before = await gauge("tokens_predicted_total");
  const request = {
    messages,
    stream: true,
    max_tokens: 17,
    stream_options: { include_usage: true },
  };
  const events = eventJson(await post(CHAT, request));
  const { usage, timings } = events.at(-1)!;
  const texts = events.filter((event) => event.choices[0]?.delta.content);
  expect(texts).toHaveLength(17);
  expect(usage).toMatchObject({ completion_tokens: 17, total_tokens: 17 + usage.prompt_tokens });
  expect(timings).toMatchObject({ predicted_n: 17, cache_n: 0, prompt_n: usage.prompt_tokens });
  expect((await gauge("tokens_predicted_total")) - before).toBe(17);
});

test("the same seed makes the same text, and temperature 0 needs none", async () => {
  const text = async (body: object): Promise<string> =>
    (await post("/completion", { prompt: "the people", n_predict: 12, ...body })).json.content;
  expect(await text({ seed: 42 })).toBe(await text({ seed: 42 }));
  expect(await text({ seed: 42 })).not.toBe(await text({ seed: 43 }));
  expect(await text({ temperature: 0 })).toBe(await text({ temperature: 0, seed: 5 }));
});

test("streams that share a batch do not mix", async () => {
  const prompts = ["the river", "my house", "one two three", "water", "she said", "the end of it"];
  const firstToken = async (prompt: string): Promise<number | undefined> => {
    const request = { prompt, n_predict: 1, temperature: 0, return_tokens: true };
    return (await post("/completion", request)).json.tokens[0];
  };
  const alone: (number | undefined)[] = [];
  for (const prompt of prompts) alone.push(await firstToken(prompt));
  const together = await Promise.all(prompts.map(firstToken));
  // A batch rounds differently from a single token, which may decide a tie of the model's.
  const same = together.filter((token, at) => token === alone[at]);
  expect(same.length).toBeGreaterThanOrEqual(prompts.length - 2);
});

test("the prompt cache is off unless asked for, and then says what it saved", async () => {
  const request = { prompt: "one two three four five", n_predict: 1, id_slot: 0 };
  const cached = async (body: object): Promise<number> =>
    (await post("/completion", { ...request, ...body })).json.timings.cache_n;
  await cached({});
  expect(await cached({})).toBe(0);
  expect(await cached({ cache_prompt: true })).toBeGreaterThan(0);
});

test("a stop string ends the text, is not in it, and is named", async () => {
  const request = { prompt: "the people", n_predict: 12, temperature: 0 };
  const free = (await post("/completion", request)).json;
  const [, second] = free.content.trim().split(" ");
  const { json } = await post("/completion", { ...request, stop: [second] });
  expect(json).toMatchObject({ stop_type: "word", stopping_word: second });
  expect(json.content).toBe(free.content.slice(0, free.content.indexOf(second!)));
});

test("a banned token does not occur", async () => {
  const request = { prompt: "the people", n_predict: 4, temperature: 0, return_tokens: true };
  const free = (await post("/completion", request)).json;
  const banned = free.tokens[0]!;
  const { json } = await post("/completion", { ...request, logit_bias: [[banned, false]] });
  expect(json.tokens).not.toContain(banned);
});

test("a prompt that fills the context is refused with its size", async () => {
  const prompt = Array.from({ length: CONTEXT }, () => 700);
  const { status, json } = await post("/completion", { prompt, stream: true });
  expect(status).toBe(400);
  expect(json).toEqual({
    error: {
      code: 400,
      message:
        `request (${CONTEXT} tokens) exceeds the available context size (${CONTEXT} tokens), ` +
        "try increasing it",
      type: "exceed_context_size_error",
      n_prompt_tokens: CONTEXT,
      n_ctx: CONTEXT,
    },
  });
});

test.each([
  ["a grammar", { grammar: "root ::= [a-z]+" }],
  ["token probabilities", { n_probs: 3 }],
  ["a schema", { json_schema: { type: "object" } }],
])("%s, which this server does not know, is refused and not ignored", async (_, fields) => {
  const { status, json } = await post("/completion", { prompt: "a", ...fields });
  expect([status, json.error.type]).toEqual([501, "not_supported_error"]);
});

test("a body over the limit is refused, declared or not, and the answer arrives", async () => {
  const body = JSON.stringify({ prompt: "a".repeat(70_000) });
  const declared = await post("/completion", body);
  expect([declared.status, declared.json.error.code]).toEqual([413, 413]);
  const headers = { "transfer-encoding": "chunked" };
  const chunked = await call({ url: server.url, path: "/completion", body, headers });
  expect(chunked.status).toBe(413);
});

test("a stream's connection ends with it; other answers keep theirs", async () => {
  const stream = await post("/completion", { prompt: "a", n_predict: 1, stream: true });
  expect(stream.headers.connection).toBe("close");
  const { port, hostname } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const get = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
  let text = "";
  socket.on("data", (data: Buffer) => {
    text += data.toString();
    if (text.split("HTTP/1.1 200").length === 2)
      socket.write(get.replace("1.1\r\n", "1.1\r\nConnection: close\r\n"));
  });
  socket.write(get);
  await once(socket, "close");
  expect(text.split("HTTP/1.1 200")).toHaveLength(3);
});

test("headers that are too long are refused", async () => {
  const headers = { "x-long": "a".repeat(20_000) };
  expect((await call({ url: server.url, path: "/health", headers })).status).toBe(431);
});

describe("with more requests than slots", () => {
  const endless = { prompt: "the people", stream: true, ignore_eos: true, n_predict: 200 };

  test("the queue's depth shows, and clients that go away free slots and queue", async () => {
    const requests = [1, 2, 3, 4, 5].map(() =>
      open({ url: server.url, path: "/completion", body: endless }).on("error", () => undefined),
    );
    await until(async () => (await gauge("requests_deferred")) > 0);
    const slots = await get("/slots");
    expect(slots.json).toHaveLength(2);
    const none = await get("/slots?fail_on_no_slot=1");
    expect([200, 503]).toContain(none.status);
    for (const outgoing of requests) outgoing.destroy();
    await until(async () => (await gauge("requests_processing")) === 0);
    expect(await gauge("requests_deferred")).toBe(0);
  });

  test("every one of many is answered in full", async () => {
    const answers = await Promise.all(
      Array.from({ length: 9 }, () => post("/completion", { ...endless, n_predict: 5 })),
    );
    for (const answer of answers) {
      expect(eventJson(answer).at(-1)!.tokens_predicted).toBe(5);
    }
  });
});
