/**
 * OpenAI chat completions, streamed (`POST /v1/chat/completions`), as llama.cpp, vLLM, SGLang and
 * others serve it. Success is a finish reason, then `[DONE]`, and no error event before it.
 */
import type { FinishReason } from "../core/records.ts";
import type { LlmRequest } from "../core/request.ts";
import {
  emptyAnswer,
  type Adapter,
  type Answer,
  type Content,
  type Interpreter,
  type ServerFacts,
} from "./adapter.ts";
import { isContextOverflow, serverMessage, type Failure } from "./failure.ts";
import { asArray, asCount, asObject, asText, present, type JsonObject } from "./json.ts";
import type { SseEvent } from "./sse.ts";

/** Servers that take llama.cpp's and vLLM's `ignore_eos`; others refuse unknown fields. */
const TAKES_IGNORE_EOS = new Set(["llama.cpp", "plimsoll", "vllm", "sglang"]);

export const openaiChat: Adapter = {
  name: "chat",
  encode: (request, facts) => ({
    method: "POST",
    path: `${facts.basePath}/v1/chat/completions`,
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream",
      ...facts.headers,
    },
    body: JSON.stringify(chatBody(request, facts)),
  }),
  interpret: () => new ChatInterpreter(),
};

function chatBody(request: LlmRequest, facts: ServerFacts): JsonObject {
  const ignoresEos = request.ignoreEos === true && TAKES_IGNORE_EOS.has(facts.server ?? "");
  return {
    // JSON.stringify leaves out what is undefined.
    model: facts.model,
    messages: request.messages,
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: request.maxTokens,
    temperature: request.temperature,
    seed: request.seed,
    stop: request.stop,
    ignore_eos: ignoresEos ? true : undefined,
    ...request.body,
  };
}

class ChatInterpreter implements Interpreter {
  readonly answer: Answer = emptyAnswer();
  #finished = false;

  event(event: SseEvent): Content | undefined {
    if (event.data === "[DONE]") {
      this.answer.done = this.#finished && this.answer.error === undefined;
      return undefined;
    }
    const chunk = asObject(JSON.parse(event.data));
    if (chunk === undefined) return undefined; // `data: null` before multi-prompt streams
    return this.#chunk(chunk, "delta");
  }

  whole(body: string): Content | undefined {
    const content = this.#chunk(asObject(JSON.parse(body)) ?? {}, "message");
    this.answer.done = this.#finished && this.answer.error === undefined;
    return content;
  }

  #chunk(chunk: JsonObject, member: "delta" | "message"): Content | undefined {
    if (chunk["error"] !== undefined && chunk["error"] !== null) {
      this.answer.error ??= streamError(chunk);
      return undefined;
    }
    this.#counts(chunk);
    let content: Content | undefined;
    for (const item of asArray(chunk["choices"])) {
      const choice = asObject(item) ?? {};
      const delta = asObject(choice[member]);
      if (delta !== undefined) content = this.#delta(delta) ?? content;
      if (typeof choice["finish_reason"] === "string") {
        this.#finished = true;
        this.answer.finish = finishReason(choice["finish_reason"]);
      }
    }
    return content;
  }

  #delta(delta: JsonObject): Content | undefined {
    const text = asText(delta["content"]);
    const reasoning = asText(delta["reasoning_content"]) || asText(delta["reasoning"]);
    this.answer.text += text;
    this.answer.reasoning += reasoning;
    if (text !== "") return "answer";
    if (reasoning !== "") return "reasoning";
    return asArray(delta["tool_calls"]).length > 0 ? "tool" : undefined;
  }

  #counts(chunk: JsonObject): void {
    const usage = asObject(chunk["usage"]);
    if (usage !== undefined) {
      const { usage: before } = this.answer.counts;
      const now = usageCounts(usage);
      // llama.cpp with n > 1 sends one usage chunk for each choice.
      if (before?.output !== undefined && now.output !== undefined) now.output += before.output;
      this.answer.counts.usage = now;
    }
    const timings = asObject(chunk["timings"]);
    if (timings !== undefined) this.#timings(timings);
  }

  #timings(timings: JsonObject): void {
    const computed = asCount(timings["prompt_n"]);
    const cached = asCount(timings["cache_n"]);
    this.answer.counts.timings = present({
      output: asCount(timings["predicted_n"]),
      prompt: computed === undefined ? undefined : computed + (cached ?? 0),
      cached,
    });
    this.answer.server = present({
      promptMs: asCount(timings["prompt_ms"]),
      predictedMs: asCount(timings["predicted_ms"]),
    });
  }
}

function usageCounts(usage: JsonObject): NonNullable<Answer["counts"]["usage"]> {
  return present({
    output: asCount(usage["completion_tokens"]),
    prompt: asCount(usage["prompt_tokens"]),
    cached: asCount(asObject(usage["prompt_tokens_details"])?.["cached_tokens"]),
    reasoning: asCount(asObject(usage["completion_tokens_details"])?.["reasoning_tokens"]),
  });
}

const FINISH: Readonly<Record<string, FinishReason>> = {
  length: "length",
  stop: "stop",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
};

function finishReason(reason: string): FinishReason {
  return FINISH[reason] ?? "other";
}

/** An error under HTTP 200: overload and context overflow keep their own kinds. */
function streamError(chunk: JsonObject): Failure {
  const body = JSON.stringify(chunk);
  const message = serverMessage(body);
  if (isContextOverflow(body)) return { failure: "context_overflow", message };
  const code = asCount(asObject(chunk["error"])?.["code"]);
  if (code === 503 || code === 429) return { failure: "overloaded", message };
  return { failure: "server_error", message };
}
