/** Loads a GGUF model with node-llama-cpp's prebuilt binary. */

import { basename } from "node:path";
import type * as LlamaCpp from "node-llama-cpp";
import type { Llama, LlamaContext, LlamaModel } from "node-llama-cpp";
import type { Clock } from "../../core/clock.ts";
import { messageOf, targetError } from "../../core/errors.ts";
import { inspectGguf } from "../model/inspect.ts";
import { BatchLoop } from "./batch-loop.ts";
import type { ChatTemplate, Engine } from "./engine.ts";
import { nativeParts } from "./native-binding.ts";
import type { NativeParts } from "./native-binding.ts";
import { nativeDecoder } from "./native-decoder.ts";
import { createVocabulary } from "./vocabulary.ts";
import type { TokenSource } from "./vocabulary.ts";

export interface EngineOptions {
  readonly model: string;
  readonly alias: string | undefined;
  readonly slots: number;
  /** Tokens of context of each slot; 0 is what the model was trained for. */
  readonly contextSize: number;
  readonly threads: number;
  readonly gpu: "auto" | false;
  /** Plimsoll's version. */
  readonly version: string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** Tokens decoded in one call; llama-server's physical batch (`-ub`). */
const BATCH = 512;

/** Log levels whose last message says why a model could not be loaded. */
const FAILURES: ReadonlySet<string> = new Set(["error", "fatal"]);

/** What llama.cpp uses for a model without a chat template. */
const CHATML =
  "{%- for message in messages -%}{{- '<|im_start|>' + message.role + '\\n' + message.content + " +
  "'<|im_end|>\\n' -}}{%- endfor -%}{%- if add_generation_prompt -%}" +
  "{{- '<|im_start|>assistant\\n' -}}{%- endif -%}";

/** @throws PlimsollError when the model or the package cannot be used */
export async function loadEngine(options: EngineOptions): Promise<Engine> {
  await inspectGguf(options.model);
  const llamaCpp = await importLlamaCpp();
  const errors: string[] = [];
  const llama = await llamaCpp.getLlama({
    gpu: options.gpu,
    build: "never",
    skipDownload: true,
    progressLogs: false,
    maxThreads: options.threads,
    logger: (level, message) => {
      if (FAILURES.has(level)) errors.push(message.trim());
      options.log(`llama.cpp ${level}: ${message.trim()}`);
    },
  });
  try {
    const { release } = llama.llamaCppRelease;
    const binding = `node-llama-cpp-${await llamaCpp.getModuleVersion()}`;
    const build = `plimsoll-${options.version}-${binding}-llama.cpp-${release}`;
    return await createEngine(llama, options, build);
  } catch (error) {
    const reason = errors.at(-1) ?? messageOf(error);
    throw targetError(`cannot load the model ${options.model}: ${reason}`, undefined, error);
  }
}

async function importLlamaCpp(): Promise<typeof LlamaCpp> {
  try {
    return await import("node-llama-cpp");
  } catch (error) {
    const hint =
      "npm install node-llama-cpp@3 (an optional dependency: it is skipped by " +
      "`npm install --omit=optional`), or use --target llama-server";
    throw targetError("the embedded server needs node-llama-cpp", hint, error);
  }
}

async function createEngine(llama: Llama, options: EngineOptions, build: string): Promise<Engine> {
  const model = await llama.loadModel({ modelPath: options.model });
  const contextSize = slotContext(options, model.trainContextSize);
  const context = await createContext(model, options, contextSize);
  const native = nativeParts(llama, model, context);
  const vocabulary = createVocabulary(tokenSource(model, native));
  const loop = new BatchLoop({
    decoder: nativeDecoder(native, Math.max(BATCH, options.slots)),
    vocabulary,
    clock: options.clock,
    slots: options.slots,
    contextSize,
  });
  return {
    loop,
    vocabulary,
    chatTemplate: chatTemplate(model, native),
    facts: {
      path: options.model,
      name: options.alias ?? basename(options.model),
      fileType: model.typeDescription.split(" ").slice(2).join(" "),
      parameters: native.parameters,
      size: native.bytes,
      embedding: model.embeddingVectorSize,
      trainContext: model.trainContextSize,
      contextSize,
      vocabularySize: vocabulary.size,
      build,
    },
  };
}

function slotContext({ contextSize, log }: EngineOptions, trained: number): number {
  if (contextSize === 0) return trained;
  if (contextSize <= trained) return contextSize;
  log(`the model was trained for ${trained} tokens of context; ${contextSize} is capped to that`);
  return trained;
}

function createContext(
  model: LlamaModel,
  { slots, threads }: EngineOptions,
  contextSize: number,
): Promise<LlamaContext> {
  return model.createContext({
    sequences: slots,
    contextSize,
    batchSize: Math.max(BATCH, slots),
    threads,
    flashAttention: "auto",
    // A smaller context than asked for would change what is measured.
    failedCreationRemedy: false,
  });
}

function tokenSource(model: LlamaModel, native: NativeParts): TokenSource {
  const { tokens, vocabularyType } = model;
  const kinds: Readonly<Record<string, TokenSource["kind"]>> = { spm: "spm", bpe: "bpe" };
  const ids = (list: readonly number[]) => list as Parameters<LlamaModel["detokenize"]>[0];
  const id = (token: number) => token as Parameters<LlamaModel["isEogToken"]>[0] & number;
  return {
    kind: kinds[vocabularyType] ?? "other",
    size: model.fileInfo.metadata.tokenizer.ggml.tokens.length,
    bos: tokens.bos ?? undefined,
    eos: tokens.eos ?? undefined,
    prependBos: tokens.shouldPrependBosToken,
    appendEos: tokens.shouldAppendEosToken,
    spelling: (token) => native.spelling(token),
    attributes: (token) => {
      const { control, unknown, byte, userDefined } = model.getTokenAttributes(id(token));
      return { control, unknown, byte, user: userDefined };
    },
    isEndOfGeneration: (token) => model.isEogToken(id(token)),
    tokenize: (text, parseSpecial) => model.tokenize(text, parseSpecial),
    detokenize: (list) => model.detokenize(ids(list), true),
  };
}

function chatTemplate(model: LlamaModel, native: NativeParts): ChatTemplate {
  const { chat_template: source = CHATML } = model.fileInfo.metadata.tokenizer;
  const template = native.createTemplate(source);
  return { source, render: (items) => template.render({ ...items }) };
}
