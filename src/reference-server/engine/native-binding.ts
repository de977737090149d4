/**
 * The part of node-llama-cpp's native binding that the engine drives itself. Its public
 * `LlamaContextSequence.evaluate` does not keep several sequences in one batch: measured with one
 * thread on a model of SmolLM2-135M's shape, 8 sequences made 98 tokens/s through it and 232
 * through the binding, which llama-server's own loop also reaches. The binding is not part of the
 * package's promise, so what is used is checked once, when the model is loaded.
 */

import type { Llama, LlamaContext, LlamaModel } from "node-llama-cpp";
import { targetError } from "../../core/errors.ts";

export interface NativeSampler {
  applyConfig(config: Readonly<Record<string, unknown>>): void;
  dispose(): void;
}

export interface NativeContext {
  initBatch(size: number): void;
  /** Answers the batch's places of the tokens whose logits were asked for. */
  addToBatch(
    sequence: number,
    position: number,
    tokens: Uint32Array,
    logits: Uint32Array,
  ): Uint32Array;
  decodeBatch(): Promise<void>;
  /** -1 when there is nothing to choose from. */
  sampleToken(place: number, sampler: NativeSampler): Promise<number>;
  disposeSequence(sequence: number): void;
  /** Forgets [start, end); `end` -1 is the end. */
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
}

export interface NativeParts {
  readonly context: NativeContext;
  createSampler(): NativeSampler;
  /** Renders a chat template with llama.cpp's own Jinja engine. */
  createTemplate(source: string): { render(items: Record<string, unknown>): string };
  spelling(token: number): string;
  readonly parameters: number;
  readonly bytes: number;
}

interface NativeModel {
  getTokenString(token: number): string;
  getTotalParameters(): number;
  getTotalSize(): number;
}

interface Addon {
  AddonSampler: new (model: NativeModel) => NativeSampler;
  AddonJinjaRenderer: new (source: string) => { render(items: Record<string, unknown>): string };
}

const CONTEXT_METHODS = [
  "initBatch",
  "addToBatch",
  "decodeBatch",
  "sampleToken",
  "disposeSequence",
  "removeTokenCellsFromSequence",
] as const;

/** @throws when the installed version's binding is not the one this code was written for */
export function nativeParts(llama: Llama, model: LlamaModel, context: LlamaContext): NativeParts {
  const addon = internal(llama, "_bindings", ["AddonSampler", "AddonJinjaRenderer"]) as Addon;
  const native = internal(context, "_ctx", CONTEXT_METHODS) as NativeContext;
  const modelMethods = ["getTokenString", "getTotalParameters", "getTotalSize"];
  const nativeModel = internal(model, "_model", modelMethods) as NativeModel;
  return {
    context: native,
    createSampler: () => new addon.AddonSampler(nativeModel),
    createTemplate: (source) => new addon.AddonJinjaRenderer(source),
    spelling: (token) => nativeModel.getTokenString(token),
    parameters: nativeModel.getTotalParameters(),
    bytes: nativeModel.getTotalSize(),
  };
}

function internal(owner: object, name: string, functions: readonly string[]): unknown {
  const value = (owner as Record<string, unknown>)[name] as Record<string, unknown> | undefined;
  const missing = functions.find((method) => typeof value?.[method] !== "function");
  if (value === undefined || missing !== undefined) {
    throw targetError(
      `the installed node-llama-cpp has no ${name}.${missing ?? ""}, which the embedded server needs`,
      "install the version that Plimsoll was made with: npm install node-llama-cpp@3.22.1",
    );
  }
  return value;
}
