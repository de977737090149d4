/** One step of the model for many sequences at once. */

import type { Settings } from "./job.ts";

/** Chooses tokens for one job; holds its random state. */
export interface Sampler {
  dispose(): void;
}

export interface SequenceWork<S extends Sampler = Sampler> {
  readonly sequence: number;
  /** Place of the first token in the sequence. */
  readonly position: number;
  readonly tokens: readonly number[];
  /** Chooses the token after the last one; absent when more of the prompt follows. */
  readonly sampler: S | undefined;
}

export interface Decoder<S extends Sampler = Sampler> {
  /** Most tokens of one step. */
  readonly batchSize: number;
  createSampler(settings: Settings, prompt: readonly number[]): S;
  /**
   * Evaluates the tokens and samples where asked; the answer has one entry for each item of work.
   * The evaluation runs on another thread and has begun when this returns.
   */
  step(work: readonly SequenceWork<S>[]): Promise<readonly (number | undefined)[]>;
  /** Forgets a sequence's tokens from `position` on; false when the model cannot. */
  trim(sequence: number, position: number): boolean;
}
