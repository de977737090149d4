/** The model as the rest of the server sees it. */

import type { BatchLoop } from "./batch-loop.ts";
import type { Vocabulary } from "./vocabulary.ts";

export interface Engine {
  readonly loop: BatchLoop;
  readonly vocabulary: Vocabulary;
  readonly facts: ModelFacts;
  readonly chatTemplate: ChatTemplate;
}

export interface ModelFacts {
  readonly path: string;
  /** What requests and answers call the model. */
  readonly name: string;
  readonly fileType: string;
  readonly parameters: number;
  /** Bytes of the weights. */
  readonly size: number;
  readonly embedding: number;
  readonly trainContext: number;
  /** Tokens of context of each slot. */
  readonly contextSize: number;
  readonly vocabularySize: number;
  /** Who computes: versions of Plimsoll, node-llama-cpp and llama.cpp. */
  readonly build: string;
}

export interface ChatTemplate {
  readonly source: string;
  /** @throws what the template's author raises, e.g. for roles that must alternate */
  render(items: Readonly<Record<string, unknown>>): string;
}
