/** What a scenario file imports from "plimsoll". Re-exports only. */
export {
  chat,
  completion,
  embeddings,
  http,
  infer,
  infill,
  predict,
  rerank,
  type ChatOptions,
  type CompletionOptions,
  type EmbeddingsOptions,
  type HttpOptions,
  type InferOptions,
  type InfillOptions,
  type PredictOptions,
  type RerankOptions,
} from "./scenario/requests.ts";
export { profiles } from "./scenario/profiles.ts";
export { prompts } from "./scenario/prompts.ts";
export { tensor } from "./scenario/tensors.ts";
export { traces } from "./scenario/trace/trace-file.ts";
export type {
  Iteration,
  IterationContext,
  Options,
  Parameters,
  Scenario,
  ScenarioFunction,
  ScenarioOptions,
  SetupContext,
  Stage,
} from "./scenario/script.ts";
export type { Datatype, Tensor } from "./core/tensor.ts";
export type {
  ApiName,
  ChatMessage,
  HttpAnswer,
  HttpDescription,
  LlmRequest,
  Reply,
} from "./core/request.ts";
