/** What is sent: each API's own words for the same request, and what each kind of server takes. */
import { describe, expect, it } from "vitest";
import { PlimsollError } from "../../src/core/errors.ts";
import { present } from "../../src/core/present.ts";
import type { LlmRequest } from "../../src/core/request.ts";
import { adapterFor, adapters, apiNames, findAdapter } from "../../src/protocol/api/apis.ts";
import type { Adapter, ServerFacts } from "../../src/protocol/adapter.ts";
import { tensor } from "../../src/scenario/tensors.ts";
import { chooseApi } from "../../src/protocol/api/choose-api.ts";
import {
  chat,
  completion,
  embeddings,
  http,
  infer,
  infill,
  predict,
  rerank,
} from "../../src/scenario/requests.ts";

const adapter = (api: string): Adapter => findAdapter(api)!;
const facts = (server?: string): ServerFacts => ({
  server,
  model: "m",
  basePath: "/base",
  headers: { authorization: "Bearer key" },
});

interface Sent {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}

function sent(api: string, request: LlmRequest, server?: string): Sent {
  const { path, headers, body } = adapter(api).encode(request, facts(server));
  return { path, headers, body: JSON.parse(String(body ?? "{}")) as Record<string, unknown> };
}

describe("what a request carries", () => {
  const carried = (api: string, request: LlmRequest): number | undefined =>
    adapter(api).items?.(request);
  const tensors = (...shape: number[]): LlmRequest => ({
    ...chat({ prompt: "" }),
    body: { inputs: [{ name: "x", datatype: "FP32", shape, data: [] }] },
  });

  it("is its inputs, its documents, or the first dimension of its first tensor", () => {
    expect(carried("embeddings", embeddings({ input: ["a", "b", "c"] }))).toBe(3);
    expect(carried("embeddings", embeddings({ input: "a" }))).toBe(1);
    expect(carried("rerank", rerank({ query: "q", documents: ["a", "b"] }))).toBe(2);
    expect(carried("kserve-infer", tensors(8, 3, 224, 224))).toBe(8);
    expect(carried("kserve-infer", tensors(8))).toBe(1);
    expect(carried("kserve-infer", chat({ prompt: "a text" }))).toBe(1);
    expect(carried("torchbridge-predict", predict({ input: [1, 2, 3] }))).toBe(1);
    expect(carried("torchbridge-predict", predict({ input: [[1], [2], [3]] }))).toBe(3);
    const inputs = [tensor("x", "FP32", [4, 2], (at) => at)];
    expect(carried("kserve-infer", infer({ inputs }))).toBe(4);
  });

  it("is nothing that counts where the answer is text", () => {
    for (const api of ["chat", "completions", "tgi", "triton-generate", "torchbridge-generate"])
      expect(carried(api, chat({ prompt: "a" }))).toBeUndefined();
  });
});

describe("tensors", () => {
  const image = tensor("x", "FP32", [1, 2], [0.5, -2]);
  const words = tensor("text", "BYTES", [1, 2], ["hé", ""]);
  const encode = (request: LlmRequest, server?: string) =>
    adapter("kserve-infer").encode(request, facts(server));

  it("go to Triton in KServe's binary extension, and anywhere else as JSON", () => {
    const request = infer({ inputs: [image, words] });
    const { headers, body } = encode(request, "triton");
    const length = Number(headers["inference-header-content-length"]);
    const bytes = body as Buffer;
    expect(JSON.parse(bytes.toString("utf8", 0, length))).toEqual({
      parameters: { binary_data_output: true },
      inputs: [
        { name: "x", datatype: "FP32", shape: [1, 2], parameters: { binary_data_size: 8 } },
        { name: "text", datatype: "BYTES", shape: [1, 2], parameters: { binary_data_size: 11 } },
      ],
    });
    expect([bytes.readFloatLE(length), bytes.readFloatLE(length + 4)]).toEqual([0.5, -2]);
    const text = Buffer.concat([Buffer.from([3, 0, 0, 0]), Buffer.from("hé"), Buffer.alloc(4)]);
    expect(bytes.subarray(length + 8).equals(text)).toBe(true);
    expect(sent("kserve-infer", request).body).toEqual({
      inputs: [
        { name: "x", datatype: "FP32", shape: [1, 2], data: [0.5, -2] },
        { name: "text", datatype: "BYTES", shape: [1, 2], data: ["hé", ""] },
      ],
    });
  });

  it("are written as the request says, and have what its body adds beside them", () => {
    const asJson = infer({ inputs: [image], binary: false, body: { id: "7" } });
    expect(JSON.parse(String(encode(asJson, "triton").body))).toMatchObject({ id: "7" });
    const asBytes = infer({ inputs: [image], binary: true });
    expect(encode(asBytes).headers["content-type"]).toBe("application/octet-stream");
  });

  it("are refused where shape and elements do not fit", () => {
    expect(() => tensor("x", "FP32", [2, 2], [1, 2, 3])).toThrow("3 elements for the shape [2, 2]");
    expect(() => tensor("x", "FP32x" as "FP32", [1], [1])).toThrow("there is no datatype FP32x");
  });

  it("are what they were when they were made", () => {
    const data = [1, 2];
    const made = tensor("x", "INT64", [2], data);
    data[0] = 9;
    expect(Array.from(made.data as number[])).toEqual([1, 2]);
  });
});

const settings = {
  maxTokens: 7,
  temperature: 0,
  seed: 5,
  stop: ["x"],
  ignoreEos: true,
  cachePrompt: false,
  body: { extra: 1 },
} as const;
const hello = chat({ system: "Be brief.", prompt: "hello", ...settings });

describe("a request", () => {
  it.each([
    ["chat", "/base/v1/chat/completions", "max_tokens", hello.messages, "messages"],
    ["completions", "/base/v1/completions", "max_tokens", "Be brief.\nhello", "prompt"],
    ["responses", "/base/v1/responses", "max_output_tokens", hello.messages, "input"],
    ["messages", "/base/v1/messages", "max_tokens", [hello.messages[1]], "messages"],
    ["completion", "/base/completion", "n_predict", "Be brief.\nhello", "prompt"],
    ["infill", "/base/infill", "n_predict", "Be brief.\nhello", "input_prefix"],
    ["sglang-generate", "/base/generate", "sampling_params.max_new_tokens", undefined, "x"],
    ["tgi", "/base/generate_stream", "parameters.max_new_tokens", "Be brief.\nhello", "inputs"],
    ["ollama-chat", "/base/api/chat", "options.num_predict", hello.messages, "messages"],
    ["ollama-generate", "/base/api/generate", "options.num_predict", "Be brief.\nhello", "prompt"],
    ["triton-generate", "/base/v2/models/m/generate", "max_tokens", undefined, "x"],
    ["triton-generate-stream", "/base/v2/models/m/generate_stream", "max_tokens", undefined, "x"],
    ["torchbridge-generate", "/base/generate", "max_new_tokens", "Be brief.\nhello", "prompt"],
  ])("for %s goes to %s with its limit in %s", (...row) => {
    const [api, path, limit, prompt, where] = row;
    const { path: sentPath, headers, body } = sent(api, hello);
    expect(sentPath).toBe(path);
    expect(headers).toMatchObject({ authorization: "Bearer key" });
    expect(headers).not.toHaveProperty("accept-encoding");
    expect(headers).not.toHaveProperty("x-conversation-id");
    expect(body).toHaveProperty(limit, 7);
    expect(body["extra"]).toBe(1);
    expect(body[where]).toEqual(prompt);
  });

  it.each([
    ["ollama-chat", { options: { num_ctx: 8192 } }, { num_predict: 7, temperature: 0, seed: 5 }],
    ["ollama-generate", { options: { num_ctx: 8192 } }, { num_predict: 7, seed: 5, stop: ["x"] }],
    ["tgi", { parameters: { top_k: 4 } }, { max_new_tokens: 7, details: true, seed: 5 }],
    ["sglang-generate", { sampling_params: { top_k: 4 } }, { max_new_tokens: 7, ignore_eos: true }],
    ["chat", { stream_options: { extra: 1 } }, { include_usage: true }],
    ["completions", { stream_options: { extra: 1 } }, { include_usage: true }],
  ] as const)(
    "for %s keeps its own fields beside those of a nested body: %j",
    (api, body, kept) => {
      const [[name, given]] = Object.entries(body) as [[string, object]];
      const { body: plain } = sent(api, { ...hello, body: {} });
      const { body: merged } = sent(api, { ...hello, body });
      expect(plain[name]).toMatchObject(kept);
      expect(merged[name]).toEqual({ ...(plain[name] as object), ...given });
    },
  );

  it("has a list or a plain value of the body in place of its own, also of an object", () => {
    const instead = { options: null, stop: ["y"] };
    expect(sent("ollama-chat", { ...hello, body: instead }).body).toMatchObject(instead);
    const stop = { options: { stop: ["y"] } };
    expect(sent("ollama-chat", { ...hello, body: stop }).body).toMatchObject(stop);
    expect(hello.body).toEqual({ extra: 1 });
  });

  it.each([
    ["llama.cpp", { ignore_eos: true, cache_prompt: false }],
    ["vllm", { ignore_eos: true, cache_salt: expect.any(String) as string }],
    ["sglang", { ignore_eos: true, cache_salt: expect.any(String) as string }],
  ])("for %s fixes the length and makes the cache cold in its own words", (server, fields) => {
    for (const api of ["chat", "completions", "responses"]) {
      expect(sent(api, hello, server).body).toMatchObject(fields);
    }
  });

  it.each(["openai", "tensorrt-llm", undefined])(
    "for %s has no fields it would refuse",
    (server) => {
      const { body } = sent("chat", hello, server);
      for (const field of ["ignore_eos", "cache_prompt", "cache_salt", "min_tokens"]) {
        expect(body).not.toHaveProperty(field);
      }
      expect(adapter("chat").fixesLength(facts(server))).toBeUndefined();
    },
  );

  it("makes the cache cold over Anthropic's API where the server takes the field", () => {
    const fields = (server: string) => sent("messages", hello, server).body;
    expect(fields("vllm")).toMatchObject({ cache_salt: expect.any(String) as string });
    for (const server of ["llama.cpp", "plimsoll", "sglang", "unknown"]) {
      expect(fields(server)).not.toHaveProperty("cache_salt");
      expect(fields(server)).not.toHaveProperty("cache_prompt");
    }
  });

  it("names the field that makes the cache cold if, and only if, it sends one", () => {
    const servers = ["llama.cpp", "plimsoll", "vllm", "sglang", "ollama", undefined];
    for (const api of apiNames.filter((name) => name !== "http"))
      for (const server of servers) {
        const request = { ...hello, documents: ["a"], input: ["a"] };
        const warm = present({ ...request, cachePrompt: undefined });
        const keys = Object.keys(sent(api, request, server).body);
        const usual = Object.keys(sent(api, warm, server).body);
        const field = adapter(api).skipsCache?.(facts(server));
        expect(keys.filter((key) => !usual.includes(key))).toEqual(
          field === undefined ? [] : [field],
        );
      }
  });

  it("has a new salt every time", () => {
    const salt = (): unknown => sent("chat", hello, "vllm").body["cache_salt"];
    expect(salt()).not.toBe(salt());
  });

  it("asks vLLM for counts with every chunk", () => {
    expect(sent("chat", hello, "vllm").body["stream_options"]).toEqual({
      include_usage: true,
      continuous_usage_stats: true,
    });
  });

  it("can be of token ids where the API takes them", () => {
    const request = completion({ prompt: [1, 2, 3], maxTokens: 2 });
    expect(sent("completion", request).body["prompt"]).toEqual([1, 2, 3]);
    expect(sent("completions", request).body["prompt"]).toEqual([1, 2, 3]);
    expect(sent("sglang-generate", request).body["input_ids"]).toEqual([1, 2, 3]);
    expect(() => sent("chat", request)).toThrow(PlimsollError);
    expect(() => sent("tgi", request)).toThrow(PlimsollError);
  });

  it("is greedy in the words of servers that misread a temperature of 0", () => {
    expect(sent("tgi", hello).body["parameters"]).toMatchObject({ do_sample: false });
    expect(sent("tgi", hello).body["parameters"]).not.toHaveProperty("temperature");
    const { body } = sent("torchbridge-generate", hello);
    expect(body).toMatchObject({ do_sample: false });
    expect(body).not.toHaveProperty("temperature");
  });

  it("keeps Anthropic's system prompt apart, and names the version", () => {
    const { headers, body } = sent("messages", hello);
    expect(body["system"]).toBe("Be brief.");
    expect(headers["anthropic-version"]).toBe("2023-06-01");
  });

  it("switches Triton's end token off to fix the length", () => {
    expect(sent("triton-generate", hello).body["end_id"]).toBe(-1);
    expect(sent("triton-generate", chat({ prompt: "a" })).body).not.toHaveProperty("end_id");
  });

  it("gives KServe tensors of its own, or the scenario's", () => {
    expect(sent("kserve-infer", hello).body["inputs"]).toEqual([
      { name: "text_input", datatype: "BYTES", shape: [1, 1], data: ["Be brief.\nhello"] },
      { name: "max_tokens", datatype: "INT32", shape: [1, 1], data: [7] },
    ]);
    const inputs = [{ name: "x" }];
    const own = { ...hello, body: { inputs } };
    expect(sent("kserve-infer", own).body["inputs"]).toEqual(inputs);
  });
});

describe("the builders", () => {
  it("make requests that name their API", () => {
    expect(sent("embeddings", embeddings({ input: ["a", "b"] })).body["input"]).toEqual(["a", "b"]);
    expect(sent("rerank", rerank({ query: "q", documents: ["a"] })).body).toMatchObject({
      query: "q",
      documents: ["a"],
    });
    expect(sent("infill", infill({ prompt: "a", suffix: "b" })).body).toMatchObject({
      input_prefix: "a",
      input_suffix: "b",
    });
    expect(sent("torchbridge-predict", predict({ input: [[1], [2]] }))).toMatchObject({
      ...{ path: "/base/predict/batch", body: { inputs: [[1], [2]], dtype: "float32" } },
    });
    expect(sent("torchbridge-predict", predict({ input: [1, 2] })).body).toMatchObject({
      input: [1, 2],
      shape: [1, 2],
    });
    for (const request of [embeddings({ input: "a" }), rerank({ query: "", documents: [] })]) {
      expect(adapterFor(request, adapter("chat")).name).toBe(request.api);
    }
    expect(adapterFor(hello, adapter("tgi")).name).toBe("tgi");
  });

  it("take what synthetic prompts are, as chats and as plain text", () => {
    const made = { messages: hello.messages, maxTokens: 3, ignoreEos: true, seed: 1 } as const;
    expect(chat(made)).toEqual({ ...made, api: "auto" });
    expect(completion(made)).toEqual({ ...made, api: "completion" });
  });

  it("refuse an API that there is not, and ranking without documents", () => {
    const unknown = { ...hello, api: "soap" as "chat" };
    expect(() => adapterFor(unknown, adapter("chat"))).toThrow(/no API "soap"/);
    expect(() => sent("rerank", hello)).toThrow(/documents/);
  });
});

describe("a described service", () => {
  const describedBody = {
    text: "{{prompt}}",
    n: "{{maxTokens}}",
    nested: [{ "seed is": "seed {{seed}} of {{model}}" }],
    absent: "{{temperature}}",
    chat: "{{messages}}",
    fixed: true,
  };

  it("is asked in its own words", () => {
    const request = http({
      prompt: 'say "hi"',
      maxTokens: 4,
      seed: 9,
      http: {
        path: "/x/{{model}}?q={{prompt}}",
        headers: { "X-Seed": "{{seed}}" },
        body: describedBody,
      },
    });
    const { path, headers, body } = sent("http", request);
    expect(path).toBe("/base/x/m?q=say%20%22hi%22");
    expect(headers).toMatchObject({ "x-seed": "9", authorization: "Bearer key" });
    expect(body).toEqual({
      text: 'say "hi"',
      n: 4,
      nested: [{ "seed is": "seed 9 of m" }],
      chat: [{ role: "user", content: 'say "hi"' }],
      fixed: true,
    });
  });

  it("may be asked without a body, or with one that is no JSON", () => {
    const asked = adapter("http").encode(http({ http: { path: "/", method: "GET" } }), facts());
    expect(asked).toMatchObject({ method: "GET" });
    expect(asked).not.toHaveProperty("body");
    const text = http({ prompt: "p", http: { path: "/", body: "<{{prompt}}>" } });
    expect(adapter("http").encode(text, facts()).body).toBe("<p>");
  });

  it("needs a description, and a path from the root", () => {
    expect(() => sent("http", hello)).toThrow(/needs a description/);
    expect(() => http({ http: { path: "x" } })).toThrow(/slash/);
  });
});

describe("--api auto", () => {
  it.each([
    ["llama.cpp", "chat"],
    ["ollama", "ollama-chat"],
    ["tgi", "tgi"],
    ["triton", "triton-generate-stream"],
    ["torchbridge", "torchbridge-generate"],
    ["uvicorn", "chat"],
    ["constructor", "chat"],
    [undefined, "chat"],
  ])("speaks to %s in %s, and says why", (server, api) => {
    const choice = chooseApi(server);
    expect(choice.api).toBe(api);
    expect(choice.why).toContain(`--api ${api}`);
    expect(choice.why).toContain(server ?? "says nothing");
  });
});

it("names of APIs are the names of their adapters", () => {
  for (const { name } of adapters) expect(findAdapter(name)?.name).toBe(name);
});
