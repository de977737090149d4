/** Synthetic models in llama.cpp itself, by way of node-llama-cpp. */
import fc from "fast-check";
import { getLlama, LlamaLogLevel, type Llama, type LlamaModel, type Token } from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cachedModel } from "../../../src/reference-server/model/cache.ts";
import { presets, quants } from "../../../src/reference-server/model/preset.ts";
import { vocabulary } from "../../../src/reference-server/model/vocabulary.ts";
import { keptFolder } from "../../support/kept-folder.ts";

const { firstGenerated, texts } = vocabulary(presets.tiny.vocabulary);
const words = texts.slice(firstGenerated).map((text) => text.replace("\u2581", " "));

let llama: Llama;
beforeAll(async () => {
  llama = await getLlama({
    gpu: false,
    build: "never",
    maxThreads: 1,
    logLevel: LlamaLogLevel.error,
  });
});
afterAll(() => llama.dispose());

describe.each(quants)("tiny in %s", (quant) => {
  let model: LlamaModel;
  beforeAll(async () => {
    const modelPath = await cachedModel(`synth:tiny@${quant}`, keptFolder("models"));
    model = await llama.loadModel({ modelPath });
  });
  afterAll(() => model.dispose());

  /** Up to `count` tokens, fewer if an end token comes. */
  async function generate(
    prompt: string,
    count: number,
    sampling: { temperature: number; topK?: number; seed?: number },
  ): Promise<Token[]> {
    const context = await model.createContext({ contextSize: 512, threads: 1 });
    const sequence = context.getSequence();
    const made: Token[] = [];
    for await (const token of sequence.evaluate(model.tokenize(prompt), sampling)) {
      made.push(token);
      if (made.length === count) break;
    }
    await context.dispose();
    return made;
  }

  test("has its shape, its end token and its chat template", () => {
    expect(model.trainContextSize).toBe(presets.tiny.context);
    expect(model.embeddingVectorSize).toBe(presets.tiny.embedding);
    expect(model.tokens.eosString).toBe("<|im_end|>");
    expect(model.fileInfo.metadata.tokenizer.chat_template).toContain("<|im_start|>");
  });

  test("any ASCII text, and well-formed text that has no U+2581, comes back from its tokens", () => {
    const ascii = fc.string({ unit: "binary-ascii" }).filter((text) => !text.includes("\0"));
    const unicode = fc
      .string({ unit: "binary" })
      .filter((text) => !text.includes("\0") && !text.includes("\u2581"));
    const example = ' Hello,  world .\n\tIt \'s "the" <end> ?';
    fc.assert(
      fc.property(fc.oneof(ascii, unicode), (text) => {
        expect(model.detokenize(model.tokenize(text))).toBe(text);
      }),
      { examples: [[example]] },
    );
  });

  test("words are one token each, and counts add up", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 30 }), (list) => {
        expect(model.tokenize(list.join(""))).toHaveLength(list.length);
      }),
    );
  });

  const prompts = [" the story of a small ship", "\n", "xyz é 漢字", "<|im_end|>", "\u0000\u0001"];

  test.each(prompts)(
    "after %j it makes as many words as asked for, at any temperature",
    async (prompt) => {
      for (const sampling of [
        { temperature: 0 },
        { temperature: 0.8, topK: 40, seed: 1 },
        { temperature: 3, topK: 0, seed: 2 },
      ]) {
        const made = await generate(prompt, 24, sampling);
        expect(made).toHaveLength(24);
        expect(made.filter((token) => token < firstGenerated)).toEqual([]);
        expect(model.tokenize(model.detokenize(made))).toEqual(made);
      }
    },
  );

  test("greedy text is the same every time, varied, and depends on the prompt", async () => {
    const once = await generate(" the story", 64, { temperature: 0 });
    expect(await generate(" the story", 64, { temperature: 0 })).toEqual(once);
    expect(await generate(" the answer", 64, { temperature: 0 })).not.toEqual(once);
    expect(new Set(once).size).toBeGreaterThan(16);
  });
});
