/** What servers measure of themselves, and what kind their own series are of. */
import { describe, expect, test } from "vitest";
import { ReadingsCollector } from "../../../src/observe/readings-collector.ts";
import { probeServer, type WatchedServer } from "../../../src/observe/server/server-source.ts";
import type { Reading, Source } from "../../../src/observe/source.ts";
import { answer, played } from "../../support/metric-pages.ts";

const baseUrl = "http://server:8000";
const METRICS = `${baseUrl}/metrics`;

type Pages = Parameters<typeof played>[0];

async function sourceOf(pages: Pages, more: Partial<WatchedServer> = {}): Promise<Source> {
  const found = await probeServer({ baseUrl, ...more }, played(pages));
  if ("unavailable" in found) throw new Error(found.unavailable.reason);
  return found.source;
}

async function pageOf(text: string, more: Partial<WatchedServer> = {}): Promise<Source> {
  return sourceOf({ [METRICS]: [answer(text)] }, more);
}

async function read(source: Source): Promise<readonly Reading[]> {
  return source.read("medium");
}

const TRITON = `# TYPE nv_inference_count counter
nv_inference_count{model="a",version="1"} 5
# TYPE nv_inference_pending_request_count gauge
nv_inference_pending_request_count{model="a",version="1"} 2
# TYPE nv_energy_consumption counter
nv_energy_consumption{gpu_uuid="x"} 7
`;

describe("counter or gauge:", () => {
  test("the page's # TYPE decides, whatever the name ends in", async () => {
    const { facts } = await pageOf(TRITON);
    expect(facts[0]?.counters).toEqual([
      "server_nv_inference_count",
      "server_nv_energy_consumption",
    ]);
  });

  test("sum and count of a histogram grow, and OpenMetrics types a counter without its _total", async () => {
    const page = `# TYPE app_wait histogram
app_wait_bucket{le="+Inf"} 3
app_wait_sum 1.5
app_wait_count 3
# TYPE app_jobs counter
app_jobs_total 9
# TYPE app_total gauge
app_total 4
`;
    const { facts } = await pageOf(page);
    expect(facts[0]?.counters).toEqual([
      ...["server_app_wait_sum", "server_app_wait_count", "server_app_jobs_total"],
    ]);
  });

  test("a page without types leaves it to the names", async () => {
    const { facts } = await pageOf("jobs_total 4\nqueue 2\n");
    expect(facts[0]).not.toHaveProperty("counters");
  });

  test("a counter that a page has only later is one in the account", async () => {
    const later = `${TRITON}# TYPE nv_inference_exec_count counter\nnv_inference_exec_count 1\n`;
    const source = await sourceOf({ [METRICS]: [answer(TRITON), answer(later)] });
    await read(source);
    expect(source.facts[0]?.counters).toContain("server_nv_inference_exec_count");
  });
});

const VLLM = (le: string): string => `# TYPE vllm:inter_token_latency_seconds histogram
vllm:inter_token_latency_seconds_bucket{engine="0",le="${le}",model_name="m"} 3.0
vllm:inter_token_latency_seconds_bucket{engine="0",le="+Inf",model_name="m"} 4.0
vllm:inter_token_latency_seconds_count{engine="0",model_name="m"} 4.0
vllm:inter_token_latency_seconds_sum{engine="0",model_name="m"} 0.05
vllm:inter_token_latency_seconds_bucket{engine="1",le="${le}",model_name="m"} 1.0
vllm:inter_token_latency_seconds_bucket{engine="1",le="+Inf",model_name="m"} 2.0
vllm:inter_token_latency_seconds_count{engine="1",model_name="m"} 2.0
vllm:inter_token_latency_seconds_sum{engine="1",model_name="m"} 0.03
vllm:cache_config_info{block_size="16",cache_dtype="auto",engine="0",num_gpu_blocks="4096",sliding_window="None"} 1.0
`;

describe("histograms:", () => {
  test("vLLM's are read in ms, its engines together", async () => {
    const [reading] = await read(await pageOf(VLLM("0.01"), { product: "vllm" }));
    const itl = { upTo: [10], counts: [4, 6], sum: 80 };
    expect(reading?.histograms?.itl).toEqual({ ...itl, sum: expect.closeTo(80, 9) as number });
  });

  test("a name of an earlier release does in the place of today's", async () => {
    const page = VLLM("0.01").replaceAll("inter_token_latency", "time_per_output_token");
    const [reading] = await read(await pageOf(page, { product: "vllm" }));
    expect(reading?.histograms?.itl?.counts).toEqual([4, 6]);
  });

  test("what vLLM says of its cache is in the fingerprint, and what it measured of it apart", async () => {
    const { fingerprint } = await pageOf(VLLM("0.01"), { product: "vllm" });
    expect(fingerprint).toEqual({
      "server.cache_config": "block_size=16 cache_dtype=auto",
      "server.kv_blocks": 4096,
    });
  });

  test("are written at every edge, and every ten seconds between", () => {
    const collector = new ReadingsCollector();
    const histograms = { queue: { upTo: [], counts: [1], sum: 2 } };
    const add = (at: number, atEdge = false): void => {
      collector.add({ source: "server", at, values: {}, histograms }, atEdge);
    };
    for (const at of [0, 1000, 9000, 10_000, 11_000]) add(at);
    add(11_500, true);
    add(12_000);
    const times = collector.take().flatMap((line) => (line.type === "histograms" ? [line.at] : []));
    expect(times).toEqual([0, 10_000, 11_500]);
    expect(collector.take()).toEqual([]);
  });
});

const STATISTICS = {
  model_stats: [
    model("sum", {
      requests: 4,
      queueNs: 8e6,
      executions: [
        [1, 2],
        [4, 3],
      ],
    }),
    model("tokenize", { requests: 9, queueNs: 1e6, executions: [[1, 9]] }),
    model("generate", {
      requests: 9,
      queueNs: 5e6,
      executions: [
        [2, 4],
        [1, 1],
      ],
    }),
    model("whole", { requests: 9, queueNs: 3e6, executions: [[1, 9]] }),
  ],
};

function model(
  name: string,
  facts: {
    readonly requests: number;
    readonly queueNs: number;
    readonly executions: readonly (readonly [size: number, count: number])[];
  },
): object {
  const { requests: count, queueNs, executions } = facts;
  const inferences = executions.reduce((sum, [size, times]) => sum + size * times, 0);
  return {
    ...{ name, version: "1", inference_count: inferences },
    execution_count: executions.reduce((sum, [, times]) => sum + times, 0),
    inference_stats: {
      queue: { count, ns: queueNs },
      compute_input: { count, ns: 1e6 },
      compute_infer: { count, ns: 40e6 },
      compute_output: { count, ns: 2e6 },
    },
    batch_stats: executions.map(([batch_size, times]) => ({
      ...{ batch_size, compute_infer: { count: times, ns: 1e6 } },
    })),
  };
}

const ENSEMBLE = {
  ensemble_scheduling: { step: [{ model_name: "tokenize" }, { model_name: "generate" }] },
};

function triton(asked: string): Promise<Source> {
  const json = (body: unknown): readonly [ReturnType<typeof answer>] => [
    answer(JSON.stringify(body)),
  ];
  const pages = {
    [`${baseUrl}/v2/models/stats`]: json(STATISTICS),
    [`${baseUrl}/v2/models/sum/config`]: json({ dynamic_batching: {} }),
    [`${baseUrl}/v2/models/whole/config`]: json(ENSEMBLE),
    [`${baseUrl}/v2/models/tokenize/config`]: json({}),
    [`${baseUrl}/v2/models/generate/config`]: json({ dynamic_batching: {} }),
  };
  return sourceOf(pages, { product: "triton", model: asked });
}

describe("Triton's statistics:", () => {
  test("of the model that is asked: what requests waited and took, and how they were batched", async () => {
    const [reading] = await read(await triton("sum"));
    expect(reading?.histograms).toEqual({
      queue: { upTo: [], counts: [4], sum: 8 },
      compute_input: { upTo: [], counts: [4], sum: 1 },
      compute_infer: { upTo: [], counts: [4], sum: 40 },
      compute_output: { upTo: [], counts: [4], sum: 2 },
      batch_size: { upTo: [1, 4], counts: [2, 5, 5], sum: 14 },
    });
    expect(reading?.values).toEqual({
      ...{ server_triton_inferences: 14, server_triton_executions: 5 },
    });
  });

  test("requests of an ensemble wait in its parts, and the part that batches tells the sizes", async () => {
    const [reading] = await read(await triton("whole"));
    expect(reading?.histograms?.queue).toEqual({ upTo: [], counts: [9], sum: 9 });
    expect(reading?.histograms?.batch_size).toEqual({ upTo: [1, 2], counts: [1, 5, 5], sum: 9 });
  });

  test("both grow, so they are counters", async () => {
    const { facts } = await triton("sum");
    expect(facts[0]?.counters).toEqual(["server_triton_inferences", "server_triton_executions"]);
  });
});

describe("a service's own metrics:", () => {
  const JSON_PAGE = JSON.stringify({
    ...{ inference_queue_depth: 7, model: "x", cache: { hit_percent: 25, deep: { er: 1 } } },
  });

  test("JSON is read place by place", async () => {
    const [reading] = await read(await pageOf(JSON_PAGE));
    expect(reading?.values).toEqual({
      ...{ server_inference_queue_depth: 7, server_cache_hit_percent: 25, server_cache_deep_er: 1 },
    });
  });

  test("the scenario says which of them are ours", async () => {
    const mapping = {
      server_waiting: { name: "inference_queue_depth" },
      server_cache_hit_rate: { name: "cache.hit_percent", factor: 0.01 },
    };
    const [reading] = await read(await pageOf(JSON_PAGE, { mapping }));
    expect(reading?.values).toMatchObject({ server_waiting: 7, server_cache_hit_rate: 0.25 });
  });

  test("of a Prometheus page too, summed over the labels that it leaves open", async () => {
    const page = `jobs{queue="a",host="1"} 2\njobs{queue="a",host="2"} 3\njobs{queue="b",host="1"} 9\n`;
    const mapping = { server_waiting: { name: "jobs", labels: { queue: "a" } } };
    const [reading] = await read(await pageOf(page, { mapping }));
    expect(reading?.values["server_waiting"]).toBe(5);
  });

  test("a name that the page does not have is missing with its reason, and warned about", async () => {
    const mapping = { server_waiting: { name: "jobs", labels: { queue: "c" } } };
    const { facts, warnings } = await pageOf("jobs 1\n", { mapping });
    expect(facts[0]?.missing).toEqual({
      server_waiting: `the server's page has no jobs{queue="c"}`,
    });
    expect(warnings?.map(({ code }) => code)).toEqual(["metric_not_found"]);
  });

  test("an error in JSON is no page of metrics", async () => {
    const page = JSON.stringify({ error: { code: 404 } });
    await expect(pageOf(page)).rejects.toThrow("is no page of metrics");
  });
});
