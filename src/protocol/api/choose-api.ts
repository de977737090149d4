/** `--api auto`: from what a server says it is to the API that is spoken with it. */
import type { ApiName } from "../../core/request.ts";
import { rowOf } from "../json.ts";

export interface ApiChoice {
  readonly api: ApiName;
  /** What was found and why it was chosen; a sentence. */
  readonly why: string;
}

/** Product, as target/identify.ts names it -> its API, and why. */
const BY_PRODUCT: Readonly<Record<string, readonly [ApiName, string]>> = {
  "llama.cpp": ["chat", "its chats tell server times and cache hits, and can ignore the end"],
  plimsoll: ["chat", "the embedded server's chats are those of llama.cpp"],
  vllm: ["chat", "its chats count with every chunk, and can ignore the end"],
  sglang: ["chat", "sglang-generate would tell the tokens of every event, without chat template"],
  "tensorrt-llm": ["chat", "trtllm-serve speaks OpenAI's APIs"],
  "lm-studio": ["chat", "LM Studio speaks OpenAI's APIs"],
  ollama: ["ollama-chat", "only its own API tells counts and server times of every answer"],
  tgi: ["tgi", "its own API has one event a token, and counts"],
  triton: ["triton-generate-stream", "it is Triton's way to stream text"],
  torchbridge: ["torchbridge-generate", "it is TorchBridge's way to stream text"],
};

/** @param server the product, where it is known */
export function chooseApi(server: string | undefined): ApiChoice {
  const known = rowOf(BY_PRODUCT, server);
  if (known !== undefined) {
    const [api, reason] = known;
    return { api, why: `the server is ${server ?? ""}, so --api ${api}: ${reason}` };
  }
  const found = server === undefined ? "says nothing of itself" : `calls itself ${server}`;
  return { api: "chat", why: `the server ${found}, so --api chat: most servers speak it` };
}
