/** The decoder on node-llama-cpp's native context. */

import type { Decoder, SequenceWork } from "./decoder.ts";
import type { NativeParts, NativeSampler } from "./native-binding.ts";
import { samplerConfig } from "./sampler-config.ts";

const NO_LOGITS = new Uint32Array(0);

export function nativeDecoder(native: NativeParts, batchSize: number): Decoder<NativeSampler> {
  const { context } = native;
  return {
    batchSize,
    createSampler: (settings, prompt) => {
      const sampler = native.createSampler();
      sampler.applyConfig(samplerConfig(settings, prompt));
      return sampler;
    },
    step: (work) => {
      const places = fillBatch(native, work);
      const decoded = context.decodeBatch();
      return decoded.then(() => sampleAll(native, work, places));
    },
    trim: (sequence, position) => {
      if (position === 0) {
        context.disposeSequence(sequence);
        return true;
      }
      return context.removeTokenCellsFromSequence(sequence, position, -1);
    },
  };
}

/** Answers where in the batch each item's logits will be. */
function fillBatch(
  { context }: NativeParts,
  work: readonly SequenceWork<NativeSampler>[],
): (number | undefined)[] {
  context.initBatch(work.reduce((sum, { tokens }) => sum + tokens.length, 0));
  return work.map(({ sequence, position, tokens, sampler }) => {
    const logits = sampler === undefined ? NO_LOGITS : Uint32Array.of(tokens.length - 1);
    return context.addToBatch(sequence, position, Uint32Array.from(tokens), logits)[0];
  });
}

function sampleAll(
  { context }: NativeParts,
  work: readonly SequenceWork<NativeSampler>[],
  places: readonly (number | undefined)[],
): Promise<(number | undefined)[]> {
  return Promise.all(
    work.map(async ({ sampler }, at) => {
      const place = places[at];
      if (sampler === undefined || place === undefined) return undefined;
      const token = await context.sampleToken(place, sampler);
      if (token < 0) throw new Error("no token could be sampled");
      return token;
    }),
  );
}
