/** An agent and its client over real HTTP, the agent's clock far from the client's. */
import { afterEach, expect, test } from "vitest";
import type { Clock } from "../../../src/core/clock.ts";
import { originNow, systemClock } from "../../../src/core/clock.ts";
import type { Hello } from "../../../src/observe/agent/messages.ts";
import { Agent } from "../../../src/observe/agent/serve.ts";
import { remoteProbes } from "../../../src/observe/gpu/remote.ts";
import type { Found, ProbeContext, Source } from "../../../src/observe/source.ts";
import { reasonIn, sourceIn } from "../gpu/sysfs-tree.ts";

/** The agent's clock is ahead by so much, ms. */
const AHEAD = 7_654_321;

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const clock: Clock = systemClock(originNow());
const ahead: Clock = { ...clock, now: () => clock.now() + AHEAD };

function hello(more: Partial<Hello> = {}): Hello {
  const gives = ["gpu_power", "gpu_energy"];
  return {
    type: "hello",
    protocol: 1,
    id: "first",
    hostname: "gpu-box",
    sources: [
      { source: "nvml:0", kind: "nvml", gives, missing: {}, device: { index: 0, uuid: "GPU-0" } },
      { source: "host", kind: "proc", gives: ["host_cpu"], missing: {} },
      { source: "server-process", kind: "proc", gives: ["proc_rss"], missing: {} },
    ],
    unavailable: [],
    fingerprint: { "gpu.models": "1 x NVIDIA Fake 80GB" },
    ...more,
  };
}

interface Started {
  readonly agent: Agent;
  readonly url: string;
  readonly readsAsked: () => number;
}

/** An agent whose every read yields one reading of each source, at its own present. */
async function start(
  more: { readonly token?: string; readonly hello?: Hello; readonly port?: number } = {},
): Promise<Started> {
  let reads = 0;
  const agent = new Agent({
    ...{ clock: ahead, hello: more.hello ?? hello(), version: "1.2.3" },
    ...(more.token !== undefined && { token: more.token }),
    readNow: () => {
      reads += 1;
      const at = ahead.now();
      agent.tell([
        { type: "readings", source: "nvml:0", metrics: ["gpu_power"], rows: [[at, 400]] },
        { type: "readings", source: "host", metrics: ["host_cpu"], rows: [[at, 0.5]] },
        { type: "readings", source: "server-process", metrics: ["proc_rss"], rows: [[at, 1e9]] },
        { type: "readings", source: "sampler", metrics: ["proc_cpu"], rows: [[at, 0.1]] },
      ]);
      return Promise.resolve();
    },
  });
  const { port } = await agent.listen("127.0.0.1", more.port ?? 0);
  ends.push(() => agent.close());
  return { agent, url: `http://127.0.0.1:${String(port)}`, readsAsked: () => reads };
}

async function look(url: string, token?: string): Promise<Found> {
  const headers: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  const context: ProbeContext = { clock, env: {}, root: "/", platform: "linux" };
  const [row] = remoteProbes({ urls: [{ url, headers }], hosts: [] });
  const found = await row!.probe(context);
  if ("source" in found) ends.push(() => found.source.close());
  return found;
}

async function open(url: string, token?: string): Promise<Source> {
  return sourceIn(await look(url, token));
}

test("readings come with their times on our clock, right to half the round trip", async () => {
  const { url } = await start();
  const source = await open(url);
  const before = clock.now();
  const readings = await source.read("medium");
  const after = clock.now();
  const gpu = readings.filter((reading) => reading.source === "nvml@127.0.0.1:0");
  expect(gpu.length).toBeGreaterThan(0);
  const last = gpu.at(-1)!;
  expect(last.values).toEqual({ gpu_power: 400 });
  // The reading was taken between these two moments, and the offset is known to half the quickest round trip.
  expect(last.at).toBeGreaterThan(before - 1000);
  expect(last.at).toBeLessThan(after + 1000);
});

test("the machine, its GPUs and the server's process keep their names apart from ours", async () => {
  const { url } = await start();
  const source = await open(url);
  const readings = await source.read("medium");
  const names = new Set(readings.map((reading) => reading.source));
  expect(names).toEqual(new Set(["nvml@127.0.0.1:0", "agent:127.0.0.1", "server-process"]));
  expect(source.facts.map((facts) => facts.source)).toEqual([...names]);
  expect(source.facts[0]?.device).toEqual({ index: 0, uuid: "GPU-0" });
  expect(source.fingerprint).toEqual({ "gpu.models": "1 x NVIDIA Fake 80GB" });
});

test("a read makes the agent read now, and brings what it read", async () => {
  const { url, readsAsked } = await start();
  const source = await open(url);
  const asked = readsAsked();
  for (let i = 1; i <= 5; i += 1) {
    const readings = await source.read("medium");
    expect(readsAsked()).toBe(asked + i);
    expect(readings.some((reading) => reading.source === "nvml@127.0.0.1:0")).toBe(true);
  }
});

test("an agent with a token tells nobody without it", async () => {
  const { url } = await start({ token: "s3cret" });
  const refused = await look(url);
  expect(reasonIn(refused)).toContain("401");
  expect(refused).toMatchObject({
    unavailable: { advice: expect.stringContaining("--gpu-token-env") as string },
  });
  expect(reasonIn(await look(url, "wrong"))).toContain("401");
  for (const path of ["/metrics", "/stream", "/clock", "/read"]) {
    expect((await fetch(`${url}${path}`)).status).toBe(401);
  }
  const source = await open(url, "s3cret");
  expect((await source.read("medium")).length).toBeGreaterThan(0);
});

test("only GET is answered, and only what there is", async () => {
  const { url } = await start();
  expect((await fetch(`${url}/metrics`, { method: "POST" })).status).toBe(405);
  expect((await fetch(`${url}/nothing`)).status).toBe(404);
});

test("the page is Prometheus' text, with the latest values and the devices' labels", async () => {
  const { url } = await start();
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain('plimsoll_agent_info{version="1.2.3",hostname="gpu-box"} 1');
  expect(text).toContain("# TYPE plimsoll_gpu_power gauge");
  expect(text).toContain('plimsoll_gpu_power{source="nvml:0",uuid="GPU-0"} 400');
});

test("an agent that dies mid-run is an error; one that comes back is a new epoch", async () => {
  const first = await start();
  const source = await open(first.url);
  const [before] = await source.read("medium");
  await first.agent.close();
  await expect(async () => source.read("medium")).rejects.toThrow();
  await start({ port: Number(new URL(first.url).port), hello: hello({ id: "second" }) });
  const [after] = await source.read("medium");
  expect(after?.epoch).not.toBe(before?.epoch);
});

test("an agent of another protocol is refused with both numbers", async () => {
  const { url } = await start({ hello: hello({ protocol: 2 }) });
  expect(reasonIn(await look(url))).toContain("protocol 2, not 1");
});

test("nobody there is unavailable", async () => {
  expect(reasonIn(await look("http://127.0.0.1:1"))).toContain("nothing listens there");
});

test("a listener that reads nothing is dropped before it costs memory", async () => {
  const { agent, url } = await start();
  const controller = new AbortController();
  ends.push(() => {
    controller.abort();
  });
  const response = await fetch(`${url}/stream`, { signal: controller.signal });
  expect(response.status).toBe(200);
  const rows = Array.from({ length: 20_000 }, (_, i) => [i, 1, 2, 3, 4]);
  const metrics = ["a", "b", "c", "d"];
  for (let i = 0; i < 40; i += 1) agent.tell([{ type: "readings", source: "x", metrics, rows }]);
  // The connection is destroyed: what is left of it ends, rather than going on for ever.
  await expect(response.text()).rejects.toThrow();
});
