/** Ranking of documents (`POST /v1/rerank`, as Jina, Cohere, llama.cpp and vLLM have it). */
import { usageError } from "../../core/errors.ts";
import { postJson, type Adapter } from "../adapter.ts";
import { asArray } from "../json.ts";
import { notePromptUsage } from "./openai/embeddings.ts";
import { promptText } from "./prompt-text.ts";
import { ResultBody } from "./result-body.ts";

export const rerankDocuments: Adapter = {
  name: "rerank",
  templated: false,
  fixesLength: () => "none",
  items: ({ documents = [] }) => documents.length,
  encode: (request, facts) => {
    const { documents } = request;
    if (documents === undefined || documents.length === 0) {
      throw usageError("a rerank request needs `documents`", "Use rerank({ query, documents }).");
    }
    const query = request.query ?? promptText(request);
    const body = { model: facts.model, query, documents, ...request.body };
    return postJson("/v1/rerank", body, facts);
  },
  interpret: () =>
    new ResultBody((body, answer) => {
      notePromptUsage(body, answer);
      return asArray(body["results"] ?? body["data"]).length > 0 ? "result" : undefined;
    }),
};
