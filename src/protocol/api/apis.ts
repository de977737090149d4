/** The table of APIs that `--api` chooses from. */
import { usageError } from "../../core/errors.ts";
import type { ApiName, LlmRequest } from "../../core/request.ts";
import type { Adapter } from "../adapter.ts";
import { anthropicMessages } from "./anthropic-messages.ts";
import { genericHttp } from "./generic-http.ts";
import { kserveInfer } from "./kserve-infer.ts";
import { llamaCompletion, llamaInfill } from "./llama-completion.ts";
import { ollamaChat, ollamaGenerate } from "./ollama.ts";
import { openaiChat } from "./openai/chat.ts";
import { openaiCompletions } from "./openai/completions.ts";
import { openaiEmbeddings } from "./openai/embeddings.ts";
import { openaiResponses } from "./openai/responses.ts";
import { rerankDocuments } from "./rerank.ts";
import { sglangGenerate } from "./sglang-generate.ts";
import { tgiGenerate } from "./tgi-generate.ts";
import { torchbridgeChat, torchbridgeGenerate, torchbridgePredict } from "./torchbridge.ts";
import { tritonGenerate, tritonGenerateStream } from "./triton-generate.ts";

const apis: Readonly<Record<ApiName, Adapter>> = {
  chat: openaiChat,
  completions: openaiCompletions,
  responses: openaiResponses,
  embeddings: openaiEmbeddings,
  rerank: rerankDocuments,
  messages: anthropicMessages,
  completion: llamaCompletion,
  infill: llamaInfill,
  "sglang-generate": sglangGenerate,
  tgi: tgiGenerate,
  "ollama-chat": ollamaChat,
  "ollama-generate": ollamaGenerate,
  "triton-generate": tritonGenerate,
  "triton-generate-stream": tritonGenerateStream,
  "kserve-infer": kserveInfer,
  "torchbridge-generate": torchbridgeGenerate,
  "torchbridge-chat": torchbridgeChat,
  "torchbridge-predict": torchbridgePredict,
  http: genericHttp,
};

export const adapters: readonly Adapter[] = Object.values(apis);

export const apiNames: readonly string[] = Object.keys(apis);

/** The adapter of this name, or undefined. */
export function findAdapter(name: string): Adapter | undefined {
  return Object.hasOwn(apis, name) ? apis[name as ApiName] : undefined;
}

/**
 * The adapter for a request: the run's, unless the request names its own.
 *
 * @throws usage error for a name that there is not
 */
export function adapterFor({ api }: LlmRequest, ofTheRun: Adapter): Adapter {
  if (api === "auto") return ofTheRun;
  const adapter = findAdapter(api);
  if (adapter !== undefined) return adapter;
  throw usageError(`request.api: there is no API "${api}"`, `There is ${apiNames.join(", ")}.`);
}
