/** docs/servers.md says of every API what the code does. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { adapters } from "../../src/protocol/api/apis.ts";
import { chooseApi } from "../../src/protocol/api/choose-api.ts";
import { loadScenario } from "../../src/scenario/load.ts";
import type { LlmRequest } from "../../src/core/request.ts";
import { goodBodies } from "../support/answers/bodies.ts";
import { goodStreams } from "../support/answers/good-streams.ts";
import { JSON_BODY, play, SSE, sse } from "../support/played-answer.ts";
import { scriptedIteration } from "../support/scripted-iteration.ts";
import { scratchFolder } from "../support/scratch.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const page = readFileSync(path("../../docs/servers.md"), "utf8");
const live = ["real-servers.test.ts", "adapters.test.ts"]
  .map((name) => readFileSync(path(`../live/${name}`), "utf8"))
  .join("\n");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) => line.split("|").map((cell) => cell.trim()));
const headings = rows.find(([, first]) => first === "API")!;
const rowOf = (name: string): string[] => rows.find(([, first]) => first === name)!;
const facts = (server: string) => ({ server, model: "m", basePath: "", headers: {} });
const folder = scratchFolder("servers");

const adapterOf = (name: string) => adapters.find((adapter) => adapter.name === name)!;

/** The cell of an API's row; of another API's where it says "as" that. */
function cellOf(name: string, heading: string): string {
  const cell = rowOf(`\`${name}\``)[headings.indexOf(heading)]!;
  const other = /^as `([^`]+)`$/.exec(cell)?.[1];
  return other === undefined ? cell : cellOf(other, heading);
}

/** What stands in code, but for values and for types of tensors. */
function namesIn(cell: string): string[] {
  const names = [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
  return [...new Set(names)].filter((name) => name !== "BYTES");
}

/** A sign of success as it stands in the bytes: `done: true` is a member of JSON. */
function wire(sign: string): string {
  if (sign.startsWith("[")) return sign;
  const [name, value] = sign.split(": ");
  return value === undefined ? `"${name!}"` : `"${name!}":${value}`;
}

interface Answer {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly request?: LlmRequest;
  readonly ends: "cleanly" | "with a sign";
}

/** Everything that is known of what servers of this API send. */
function answersOf(name: string): readonly Answer[] {
  const streams = goodStreams.map(({ api, body, headers, request, needsItsEnd }) => ({
    api,
    ...{ body: body.toString(), headers, ...(request && { request }) },
    ends: needsItsEnd === false ? ("cleanly" as const) : ("with a sign" as const),
  }));
  const bodies = goodBodies.map(({ api, body, request }) => ({
    api,
    ...{ body: JSON.stringify(body), headers: JSON_BODY, ...(request && { request }) },
    ends: "with a sign" as const,
  }));
  return [...streams, ...bodies].filter(({ api }) => api === name);
}

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

  it.each(adapters.map(({ name }) => name))("says what success of %s is", async (name) => {
    const signs = namesIn(cellOf(name, "success"));
    for (const sign of signs) {
      const inverse = cellOf(name, "success").includes(`no \`${sign}\``);
      const [answer] = answersOf(name).filter(({ body }) => inverse || body.includes(wire(sign)));
      expect(answer, `an answer with ${sign}`).toBeDefined();
      const changed = inverse
        ? answer!.body.replace(/\{/, `{"${sign}":"x",`)
        : answer!.body.replaceAll(wire(sign), '"x":0').replaceAll("data: [DONE]\n\n", "");
      const { facts } = await play(
        adapterOf(name),
        { ...answer!, body: [changed] },
        answer!.request,
      );
      expect(facts.outcome.ok, `without ${sign}`).toBe(false);
    }
    if (cellOf(name, "success").includes("clean end")) {
      const [answer] = answersOf(name).filter(({ ends }) => ends === "cleanly");
      const broken = { ...answer!, body: [answer!.body], breaks: true };
      const { facts } = await play(adapterOf(name), broken, answer!.request);
      expect(facts.outcome).toMatchObject({ failure: "truncated" });
    }
  });

  it.each(adapters.map(({ name }) => name))("says who counts for %s", async (name) => {
    const cell = cellOf(name, "counts");
    if (name === "http") return; // the scenario's words are tested below
    const counts = async (answer: Answer, body: string): Promise<object> => {
      const { facts } = await play(adapterOf(name), { ...answer, body: [body] }, answer.request);
      const { output, prompt, cached, contentTokens, perEvent, server } = facts;
      return { output, prompt, cached, contentTokens, perEvent, server };
    };
    if (cell.startsWith("none")) {
      for (const answer of answersOf(name)) {
        const counted = (await counts(answer, answer.body)) as { output?: { source: string } };
        expect([undefined, "events"]).toContain(counted.output?.source);
        expect(counted).toMatchObject({ prompt: undefined });
      }
      return;
    }
    expect(namesIn(cell)).not.toEqual([]);
    for (const field of namesIn(cell)) {
      const [answer] = answersOf(name).filter(({ body }) => body.includes(`"${field}"`));
      expect(answer, `an answer with ${field}`).toBeDefined();
      const without = answer!.body.replaceAll(`"${field}"`, '"other"');
      expect(await counts(answer!, without)).not.toEqual(await counts(answer!, answer!.body));
    }
  });

  it.each(adapters.map((adapter) => [adapter.name, adapter] as const))(
    "says how %s gets past the prefix cache, and whether hits are told",
    async (name, adapter) => {
      const cell = cellOf(name, "prefix cache off");
      if (name === "http") return;
      const fields = (server: string, cachePrompt?: false): string[] => {
        const asked = { api: name, messages: [{ role: "user", content: "x" }] } as const;
        const request = {
          ...asked,
          documents: ["a"],
          ...(cachePrompt === false && { cachePrompt }),
        };
        return Object.keys(
          JSON.parse(String(adapter.encode(request, facts(server)).body)) as object,
        );
      };
      const switches = ["llama.cpp", "plimsoll", "vllm", "sglang", "ollama", "unknown"].flatMap(
        (server) => fields(server, false).filter((field) => !fields(server).includes(field)),
      );
      expect([...new Set(switches)].sort()).toEqual(namesIn(cell).sort());
      if (!fields("unknown", false).some((field) => switches.includes(field)))
        expect(cell).toContain("cannot");
      const told = await Promise.all(
        answersOf(name).map(async (answer) => {
          const played = await play(adapter, { ...answer, body: [answer.body] }, answer.request);
          return played.facts.cached !== undefined;
        }),
      );
      expect(cell.endsWith(told.includes(true) ? "; hits told" : "; hits not told")).toBe(true);
    },
  );

  it.each(adapters.map(({ name }) => name))(
    "says whether %s was tried on a real server",
    (name) => {
      const [tested] = rowOf(`\`${name}\``).slice(-2);
      const tried = live.includes(`"${name}"`) || live.includes(`${name}(`);
      expect(tested?.startsWith("live")).toBe(tried);
      // Whether the embedded server was tried stands in its own part of that file.
      const embedded = live.slice(live.indexOf('describe("the embedded server"'));
      expect(tested?.includes("embedded")).toBe(embedded.includes(`"${name}"`));
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
    expect(JSON.parse(String(sent.body))).toMatchObject({ limits: { tokens: 32 }, stream: true });
    expect(recorded.outcome.ok).toBe(true);
    expect(recorded.output).toEqual({ count: 1, source: "usage" });
  });
});
