/** What a server says it is: `/props` of llama.cpp, `/v1/models` of everything OpenAI-like. */
import type { TargetIdentity } from "../core/records.ts";
import type { Answer, Probe } from "./probe.ts";

/** What can be learnt by asking. */
export type ServerFacts = Pick<
  TargetIdentity,
  "server" | "build" | "model" | "slots" | "contextTokens"
>;

/** `owned_by` of `/v1/models` -> the product that writes it, and where it tells its version. */
const OWNERS: Readonly<Record<string, { readonly server: string; readonly version?: string }>> = {
  llamacpp: { server: "llama.cpp" },
  plimsoll: { server: "plimsoll" },
  vllm: { server: "vllm", version: "/version" },
  sglang: { server: "sglang", version: "/server_info" },
  library: { server: "ollama", version: "/api/version" },
  tensorrt_llm: { server: "tensorrt-llm", version: "/version" },
};

/** The status by which a server says that it wants another key. */
export type Refusal = 401 | 403;

/** Asks at most three short questions. Throws what the network throws. */
export async function identify(probe: Probe, signal: AbortSignal): Promise<ServerFacts | Refusal> {
  const models = await probe.get("/v1/models", signal);
  if (isRefusal(models.status)) return models.status;
  const props = await probe.get("/props", signal);
  if (isRefusal(props.status)) return props.status;
  return { ...(await factsOfModels(models, probe, signal)), ...factsOfProps(props) };
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
