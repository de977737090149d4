/**
 * What a server says it is: `/props` of llama.cpp, `/v1/models` of everything OpenAI-like, and for
 * the others a question that only they answer.
 */
import type { TargetIdentity } from "../core/records.ts";
import type { Answer, Probe } from "./probe.ts";

/** What can be learnt by asking. */
export type ServerFacts = Pick<
  TargetIdentity,
  "server" | "build" | "model" | "modelRoot" | "slots" | "contextTokens"
>;

/** `owned_by` of `/v1/models` -> the product that writes it, and where it tells its version. */
const OWNERS: Readonly<Record<string, { readonly server: string; readonly version?: string }>> = {
  llamacpp: { server: "llama.cpp" },
  plimsoll: { server: "plimsoll" },
  vllm: { server: "vllm", version: "/version" },
  sglang: { server: "sglang", version: "/server_info" },
  library: { server: "ollama", version: "/api/version" },
  tensorrt_llm: { server: "tensorrt-llm", version: "/version" },
  organization_owner: { server: "lm-studio" },
};

/** What to ask a server that does not say whose models it has. */
interface Riddle {
  readonly path: string;
  /** What its product's answer says of the server; undefined for any other answer. */
  readonly facts: (answer: Answer) => ServerFacts | undefined;
}

const RIDDLES: readonly Riddle[] = [
  // KServe v2 server metadata.
  {
    path: "/v2",
    facts: ({ json }) =>
      textAt(json, "name")?.startsWith("triton") === true
        ? present({ server: "triton", build: textAt(json, "version") })
        : undefined,
  },
  {
    path: "/info",
    facts: ({ json }) =>
      textAt(json, "router") === "text-generation-router" ||
      numberAt(json, "max_concurrent_requests") !== undefined
        ? present({
            server: "tgi",
            build: textAt(json, "version"),
            model: textAt(json, "model_id"),
            contextTokens: numberAt(json, "max_total_tokens"),
          })
        : undefined,
  },
  {
    path: "/health/ready",
    facts: ({ json }) =>
      typeof at(json, ["model_loaded"]) === "boolean"
        ? present({ server: "torchbridge", model: textAt(json, "model_name") })
        : undefined,
  },
];

const PRODUCTS = new Set(Object.values(OWNERS).map(({ server }) => server));

/** The status by which a server says that it wants another key. */
export type Refusal = 401 | 403;

/** Asks at most five short questions. Throws what the network throws. */
export async function identify(probe: Probe, signal: AbortSignal): Promise<ServerFacts | Refusal> {
  const models = await probe.get("/v1/models", signal);
  if (isRefusal(models.status)) return models.status;
  const props = await probe.get("/props", signal);
  if (isRefusal(props.status)) return props.status;
  const ofProps = factsOfProps(props);
  const facts = { ...(await factsOfModels(models, probe, signal)), ...ofProps };
  const known = PRODUCTS.has(facts.server ?? "") || Object.keys(ofProps).length > 0;
  return known ? facts : { ...facts, ...(await solveRiddles(probe, signal)) };
}

async function solveRiddles(probe: Probe, signal: AbortSignal): Promise<ServerFacts> {
  for (const { path, facts } of RIDDLES) {
    const answer = await probe.get(path, signal);
    const solved = answer.status === 200 ? facts(answer) : undefined;
    if (solved !== undefined) return solved;
  }
  return {};
}

function isRefusal(status: number): status is Refusal {
  return status === 401 || status === 403;
}

async function factsOfModels(
  models: Answer,
  probe: Probe,
  signal: AbortSignal,
): Promise<ServerFacts> {
  const owner = OWNERS[textAt(models.json, "data", 0, "owned_by") ?? ""];
  const version = owner?.version;
  const build =
    version === undefined ? undefined : textAt((await probe.get(version, signal)).json, "version");
  return present({
    server: owner?.server ?? productOf(models.server),
    build,
    model: textAt(models.json, "data", 0, "id"),
    modelRoot: textAt(models.json, "data", 0, "root"),
    // vLLM's limit of one request, which is what a slot's context is elsewhere.
    contextTokens: numberAt(models.json, "data", 0, "max_model_len"),
  });
}

function factsOfProps(props: Answer): ServerFacts {
  if (props.status !== 200) return {};
  return present({
    build: textAt(props.json, "build_info"),
    slots: numberAt(props.json, "total_slots"),
    contextTokens: numberAt(props.json, "default_generation_settings", "n_ctx"),
  });
}

/** `llama.cpp`, `uvicorn`: the header's first word without its version. */
function productOf(header: string | undefined): string | undefined {
  return header?.split(/[\s/]/)[0]?.toLowerCase();
}

function present(facts: {
  readonly [Name in keyof ServerFacts]: ServerFacts[Name] | undefined;
}): ServerFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

function at(json: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? (value as Readonly<Record<string | number, unknown>>)[key]
        : undefined,
    json,
  );
}

function textAt(json: unknown, ...path: readonly (string | number)[]): string | undefined {
  const value = at(json, path);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberAt(json: unknown, ...path: readonly (string | number)[]): number | undefined {
  const value = at(json, path);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
