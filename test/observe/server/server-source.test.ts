import { describe, expect, test } from "vitest";
import { probeServer, type WatchedServer } from "../../../src/observe/server/server-source.ts";
import type { Scrape, Scraped } from "../../../src/observe/server/scrape.ts";
import type { Reading, Source, Unavailable } from "../../../src/observe/source.ts";
import {
  answer,
  llama,
  played,
  SGLANG,
  TENSORRT,
  TGI,
  TRITON,
  vllm,
} from "../../support/metric-pages.ts";

const baseUrl = "http://server:8000";
const METRICS = `${baseUrl}/metrics`;
const SLOTS = `${baseUrl}/slots`;

async function probe(
  product: string | undefined,
  scrape: Scrape,
  more: Partial<WatchedServer> = {},
): Promise<Source> {
  const found = await probeServer({ baseUrl, ...(product && { product }), ...more }, scrape);
  if ("unavailable" in found) throw new Error(found.unavailable.reason);
  return found.source;
}

async function refused(product: string, scrape: Scrape): Promise<Unavailable> {
  const found = await probeServer({ baseUrl, product }, scrape);
  if ("source" in found) throw new Error("it was found");
  return found.unavailable;
}

async function read(source: Source): Promise<Reading["values"]> {
  const readings = await source.read("medium");
  return Object.assign({}, ...readings.map(({ values }) => values)) as Reading["values"];
}

function common(values: Reading["values"]): Record<string, unknown> {
  const own = /^server_(vllm|llamacpp|sglang|trtllm|nv|tgi|process)_/;
  return Object.fromEntries(Object.entries(values).filter(([name]) => !own.test(name)));
}

async function commonOf(product: string, page: string): Promise<Record<string, unknown>> {
  return common(await read(await probe(product, played({ [METRICS]: [answer(page)] }))));
}

describe("one vocabulary for every server:", () => {
  test("vLLM, several engines, aborted requests apart", async () => {
    expect(await commonOf("vllm", vllm({}))).toEqual({
      ...{ server_running: 3, server_waiting: 4, server_kv_usage: 0.375 },
      ...{ server_prompt_tokens: 600, server_cached_tokens: 400, server_output_tokens: 300 },
      ...{ server_requests: 10, server_requests_failed: 2, server_preemptions: 5 },
    });
  });

  test.each([
    ["gpu_cache_usage_perc", 'vllm:gpu_prefix_cache_hits_total{engine="0"} 100.0', 900],
    ["kv_cache_usage_perc", 'vllm:prefix_cache_hits_total{engine="0"} 250.0', 750],
    ["kv_cache_usage_perc", "", 1000],
  ])("vLLM's names of other releases: %s, %s", async (kvName, hits, prompt) => {
    expect(await commonOf("vllm", vllm({ kvName, hits }))).toMatchObject({
      ...{ server_kv_usage: 0.375, server_prompt_tokens: prompt },
    });
  });

  test("SGLang", async () => {
    expect(await commonOf("sglang", SGLANG)).toEqual({
      ...{ server_running: 8, server_waiting: 3, server_kv_usage: 0.28 },
      ...{ server_cache_hit_rate: 0.125, server_prompt_tokens: 800, server_cached_tokens: 200 },
      ...{ server_output_tokens: 500, server_requests: 10, server_requests_failed: 2 },
    });
  });

  test("TGI", async () => {
    expect(await commonOf("tgi", TGI)).toEqual({
      ...{ server_running: 5, server_waiting: 2, server_prompt_tokens: 800 },
      ...{ server_output_tokens: 160, server_requests: 9, server_requests_failed: 1 },
    });
  });

  test.each([
    ["a", { server_requests: 5, server_requests_failed: 1, server_rejections: 0 }],
    ["b", { server_requests: 6, server_requests_failed: 0, server_rejections: 0 }],
    ["b/versions/1", { server_requests: 4, server_requests_failed: 0, server_rejections: 0 }],
  ])("Triton, on its port for metrics, of the model %s alone", async (model, counts) => {
    const scrape = played({ "http://server:8002/metrics": [answer(TRITON)] });
    expect(common(await read(await probe("triton", scrape, { model })))).toEqual({
      ...{ server_waiting: 2, ...counts },
    });
  });

  test("Triton's requests are not counted where nobody says which of several models is asked", async () => {
    const scrape = played({ "http://server:8002/metrics": [answer(TRITON)] });
    expect(common(await read(await probe("triton", scrape)))).toEqual({
      // All failures on the page are of one model.
      ...{ server_waiting: 2, server_requests_failed: 1, server_rejections: 0 },
    });
    const alone = TRITON.replace(/^.*model="b".*\n/gm, "");
    const one = played({ "http://server:8002/metrics": [answer(alone)] });
    expect(common(await read(await probe("triton", one)))).toMatchObject({ server_requests: 5 });
  });

  test("TensorRT-LLM's Prometheus page rather than its JSON", async () => {
    const page = [answer(TENSORRT)];
    const scrape = played({ [`${baseUrl}/prometheus/metrics`]: page, [METRICS]: [answer("[]")] });
    expect(common(await read(await probe("tensorrt-llm", scrape)))).toEqual({
      ...{ server_running: 4, server_waiting: 1, server_kv_usage: 0.75 },
      ...{ server_cache_hit_rate: 0.5, server_prompt_tokens: 900, server_output_tokens: 450 },
    });
  });

  test("TensorRT-LLM's JSON where there is nothing else", async () => {
    const stats = [
      { numActiveRequests: 1, numQueuedRequests: 9 },
      {
        ...{ numActiveRequests: 3, numQueuedRequests: 2 },
        kvCacheStats: { usedNumBlocks: 25, maxNumBlocks: 100 },
      },
    ];
    const scrape = played({ [METRICS]: [answer(JSON.stringify(stats))] });
    expect(await read(await probe("tensorrt-llm", scrape))).toEqual({
      ...{ server_running: 3, server_waiting: 2, server_kv_usage: 0.25 },
    });
  });

  test("Ollama, which has no metrics: the models that it holds", async () => {
    const models = [{ name: "m", size: 5e9, size_vram: 4e9 }];
    const scrape = played({ [`${baseUrl}/api/ps`]: [answer(JSON.stringify({ models }))] });
    expect(await read(await probe("ollama", scrape))).toEqual({
      ...{ server_ollama_models: 1, server_ollama_size: 5e9, server_ollama_size_vram: 4e9 },
    });
  });

  test("a server nobody knows, by its own names alone", async () => {
    const page = answer('# TYPE acme_jobs counter\nacme_jobs{a="1"} 2\nacme_jobs{a="2"} 3\n');
    const values = await read(await probe(undefined, played({ [METRICS]: [page] })));
    expect(values).toEqual({ server_acme_jobs: 5 });
  });
});

describe("a server's own names", () => {
  test("are kept: counters summed, sums and counts of histograms, no buckets, no dates", async () => {
    const values = await read(await probe("vllm", played({ [METRICS]: [answer(vllm({}))] })));
    expect(values).toMatchObject({
      server_vllm_request_success_total: 12,
      server_vllm_time_to_first_token_seconds_sum: 2.5,
      server_vllm_time_to_first_token_seconds_count: 10,
      server_process_resident_memory_bytes: 1.2e9,
    });
    const names = Object.keys(values).join(" ");
    expect(names).not.toMatch(/bucket|created|python|num_requests_running/);
  });

  test("are not more than a page of them", async () => {
    const page = Array.from({ length: 500 }, (_, i) => `x_${i} ${i}`).join("\n");
    const values = await read(await probe("vllm", played({ [METRICS]: [answer(page)] })));
    expect(Object.keys(values)).toHaveLength(64);
  });
});

const slot = (facts: object): object => ({
  ...{ id: 0, n_ctx: 1000, is_processing: true, id_task: 7 },
  ...{ n_prompt_tokens: 100, n_prompt_tokens_processed: 60, n_prompt_tokens_cache: 40 },
  ...{ next_token: [{ n_decoded: 25, n_remain: 3 }] },
  ...facts,
});

function slots(...all: readonly object[]): Scraped {
  return answer(JSON.stringify(all), { at: 5 });
}

describe("llama.cpp", () => {
  test("shows counters on its page, and what is under way in its slots", async () => {
    const busy = [slot({}), slot({ is_processing: false }), slot({ next_token: { n_decoded: 5 } })];
    const scrape = played({
      [METRICS]: [answer(llama({ output: 300 }))],
      [SLOTS]: [slots(...busy)],
    });
    const source = await probe("llama.cpp", scrape);
    expect(common(await read(source))).toEqual({
      ...{ server_running: 2, server_waiting: 1, server_slots_busy: 2 },
      server_kv_usage: 0.0767, // (125 + 105) of 3000
      ...{ server_prompt_tokens: 100, server_cached_tokens: 50 },
      ...{ server_output_tokens: 300, server_output_tokens_live: 330 },
    });
  });

  test("live tokens never go back when a request ends between two answers", async () => {
    const scrape = played({
      [METRICS]: [
        answer(llama({ output: 300 })),
        answer(llama({ output: 300 })),
        answer(llama({ output: 310 })),
        answer(llama({ output: 360 })),
      ],
      [SLOTS]: [
        slots(slot({})),
        slots(slot({ next_token: [{ n_decoded: 50 }] })),
        slots(slot({ is_processing: false })),
      ],
    });
    const source = await probe("llama.cpp", scrape);
    const live: unknown[] = [];
    for (let i = 0; i < 3; i += 1) live.push((await read(source))["server_output_tokens_live"]);
    expect(live).toEqual([350, 350, 360]);
  });

  test("is known to be restarted by its header", async () => {
    const page = (start: string): Scraped =>
      answer(llama({}), { headers: { "process-start-time-unix": start } });
    const scrape = played({ [METRICS]: [page("1"), page("1"), page("2")] });
    const source = await probe("llama.cpp", scrape);
    const epochs: unknown[] = [];
    for (let i = 0; i < 2; i += 1) epochs.push((await source.read("medium"))[0]?.epoch);
    expect(epochs).toEqual(["1", "2"]);
  });

  test("without --metrics still shows its slots, and says what is missing and how to get it", async () => {
    const scrape = played({
      [METRICS]: [answer("{}", { status: 501 })],
      [SLOTS]: [slots(slot({}))],
    });
    const source = await probe("llama.cpp", scrape);
    expect(source.facts[0]?.missing).toEqual({
      server_output_tokens: "/metrics is switched off (HTTP 501); start it with --metrics",
    });
    expect(await read(source)).toEqual({ server_slots_busy: 1, server_kv_usage: 0.125 });
  });

  test("without --slots shows its page", async () => {
    const scrape = played({
      [METRICS]: [answer(llama({}))],
      [SLOTS]: [answer("{}", { status: 501 })],
    });
    const values = await read(await probe("llama.cpp", scrape));
    expect(values["server_running"]).toBe(2);
    expect(values).not.toHaveProperty("server_slots_busy");
  });

  test("as a router is asked for the model's page", async () => {
    const url = `${METRICS}?model=a%20b`;
    const scrape = played({
      [METRICS]: [answer("{}", { status: 400 })],
      [url]: [answer(llama({}))],
    });
    const source = await probe("llama.cpp", scrape, { model: "a b" });
    expect((await read(source))["server_running"]).toBe(2);
    expect(scrape.asked.at(-1)).toBe(url);
  });

  test("whose page is one JSON string is read all the same", async () => {
    const scrape = played({ [METRICS]: [answer(JSON.stringify(llama({})))] });
    expect((await read(await probe("llama.cpp", scrape)))["server_prompt_tokens"]).toBe(100);
  });

  test("a value that is no number is absent, the others are there", async () => {
    const values = await read(await probe("llama.cpp", played({ [METRICS]: [answer(llama({}))] })));
    expect(values).not.toHaveProperty("server_llamacpp_predicted_tokens_seconds");
    expect(values["server_output_tokens"]).toBe(3_214_570);
  });

  test("cache hits are a share of the prompt tokens since the reading before", async () => {
    const pages = [
      llama({}),
      llama({ prompt: 130, cached: 60 }),
      llama({ prompt: 130, cached: 60 }),
    ];
    const source = await probe(
      "llama.cpp",
      played({ [METRICS]: pages.map((page) => answer(page)) }),
    );
    expect((await read(source))["server_cache_hit_rate"]).toBe(0.25);
    expect(await read(source)).not.toHaveProperty("server_cache_hit_rate");
  });

  test("counters that go back to nothing are handed on as they are", async () => {
    const pages = [llama({ output: 900 }), llama({ output: 900 }), llama({ output: 3 })];
    const source = await probe(
      "llama.cpp",
      played({ [METRICS]: pages.map((page) => answer(page)) }),
    );
    expect((await read(source))["server_output_tokens"]).toBe(900);
    expect((await read(source))["server_output_tokens"]).toBe(3);
  });
});

describe("a server without metrics", () => {
  test.each([
    [
      "llama.cpp",
      answer("{}", { status: 501 }),
      "/metrics is switched off (HTTP 501)",
      "start it with --metrics",
    ],
    [
      "sglang",
      answer("", { status: 404 }),
      "/metrics is not there (HTTP 404)",
      "start it with --enable-metrics",
    ],
    ["vllm", answer("no", { status: 401 }), "/metrics wants another key (HTTP 401)", undefined],
    ["vllm", answer("<html>hello</html>"), "/metrics is no page of metrics (HTTP 200)", undefined],
    ["vllm", answer(""), "/metrics is no page of metrics (HTTP 200)", undefined],
    [
      "vllm",
      new Error("busy: no answer within 3 s"),
      "/metrics: busy: no answer within 3 s",
      undefined,
    ],
  ])("%s: the reason is what its first page said", async (product, page, reason, advice) => {
    const unavailable = await refused(product, played({ [METRICS]: [page] }));
    expect(unavailable.reason).toBe(reason);
    if (advice !== undefined) expect(unavailable.advice).toBe(advice);
  });

  test.each([
    [new Error("down: nothing listens there"), "down"],
    [answer("oops", { status: 500 }), "cannot be read (HTTP 500)"],
    [answer("\u0000\u0001garbage"), "no page of metrics"],
  ])(
    "that fails in the middle of a run fails that reading and comes back",
    async (failure, words) => {
      const page = answer(vllm({}));
      const source = await probe("vllm", played({ [METRICS]: [page, failure, page] }));
      await expect(source.read("medium")).rejects.toThrow(words);
      expect((await read(source))["server_running"]).toBe(3);
    },
  );
});
