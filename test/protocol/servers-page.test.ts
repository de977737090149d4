/** docs/servers.md says of every API what the code does. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { adapters } from "../../src/protocol/apis.ts";
import { chooseApi } from "../../src/protocol/choose-api.ts";
import { loadScenario } from "../../src/scenario/load.ts";
import { play, SSE, sse } from "../support/played-answer.ts";
import { scriptedIteration } from "../support/scripted-iteration.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const page = readFileSync(path("../../docs/servers.md"), "utf8");
const live = readFileSync(path("../live/adapters.test.ts"), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) => line.split("|").map((cell) => cell.trim()));
const rowOf = (name: string): string[] => rows.find(([, first]) => first === name)!;
const facts = (server: string) => ({ server, model: "m", basePath: "", headers: {} });
const folder = mkdtempSync(join(tmpdir(), "plimsoll-servers-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("docs/servers.md", () => {
  it.each(adapters.map((adapter) => [adapter.name, adapter] as const))(
    "says where %s asks and how its length is fixed",
    (name, adapter) => {
      const [, , asks, , length] = rowOf(`\`${name}\``);
      const hello = {
        api: name,
        messages: [{ role: "user", content: "x" }],
        documents: ["a"],
        http: { path: "/what the scenario describes" },
      } as const;
      const sent = adapter.encode(hello, facts("?")).path.replace("/m/", "/MODEL/");
      expect(`${asks!} /${asks!}`).toContain(sent);
      for (const server of ["llama.cpp", "vllm", "sglang", "unknown"]) {
        expect(length).toContain(adapter.fixesLength(facts(server)) ?? "cannot");
      }
    },
  );

  it.each(adapters.map(({ name }) => name))(
    "says whether %s was tried on a real server",
    (name) => {
      const [tested] = rowOf(`\`${name}\``).slice(-2);
      const tried = live.includes(`"${name}"`) || live.includes(`${name}(`);
      expect(tested?.startsWith("live")).toBe(tried);
    },
  );

  it.each([
    ["llama.cpp, embedded", "llama.cpp"],
    ["llama.cpp, embedded", "plimsoll"],
    ["vLLM", "vllm"],
    ["SGLang", "sglang"],
    ["trtllm-serve", "tensorrt-llm"],
    ["LM Studio", "lm-studio"],
    ["Ollama", "ollama"],
    ["TGI", "tgi"],
    ["Triton", "triton"],
    ["TorchBridge", "torchbridge"],
    ["anything else", "uvicorn"],
  ])("says what --api auto makes of %s", (row, server) => {
    const named = rows.filter(([, first]) => first === row).at(-1)!;
    expect(named[3]).toBe(`\`${chooseApi(server).api}\``);
  });

  it("describes a service in a scenario that works", async () => {
    const file = join(folder, "service.ts");
    writeFileSync(file, /```ts\n(.*?)```/s.exec(page)![1]!);
    const places = { library: path("../../src/index.ts"), builtIns: path("../../scenarios") };
    const { script } = await loadScenario(file, {}, places);
    const { context, requests } = scriptedIteration(0);
    await script.functionOf("default")(context);
    const adapter = adapters.find(({ name }) => name === "http")!;
    const body = [sse({ piece: { text: "a" } }, { last: true, totals: { out: 1 } })];
    const { facts: recorded, sent } = await play(adapter, { headers: SSE, body }, requests[0]);
    expect(sent.path).toBe("/v3/speak/m");
    expect(JSON.parse(sent.body!)).toMatchObject({ limits: { tokens: 32 }, stream: true });
    expect(recorded.outcome.ok).toBe(true);
    expect(recorded.output).toEqual({ count: 1, source: "usage" });
  });
});
