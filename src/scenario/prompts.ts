/**
 * Synthetic prompts of an exact length in tokens. What a server's tokenizer makes of words is not
 * ours to know, so the words come in a book that is made for the server at run time.
 */
import { usageError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { ChatMessage } from "../core/request.ts";
import { wordsFor, type Vocabulary } from "./vocabulary.ts";
import { wordStream } from "./iteration.ts";
import { lengthSampler, type Length } from "./lengths.ts";
import type { Iteration } from "./script.ts";
import type { Trace } from "./trace/trace.ts";

export type { Vocabulary };

export interface SyntheticOptions {
  /** Length of the whole prompt as the server counts it, the chat template included. */
  readonly promptTokens: Length;
  /** Output limit; generation goes on to exactly this length where the server allows it. */
  readonly outputTokens: Length;
  /** Prompts with different labels differ; for a second prompt in one iteration. */
  readonly label?: string;
}

/** Ready for `chat({ ...prompt })`. */
export interface SyntheticPrompt {
  readonly messages: readonly ChatMessage[];
  readonly maxTokens: number;
  /** What was asked for, which the server's count is held against. */
  readonly promptTokens?: number;
  /** Words that no server has seen: each is a token at least. Absent where there are none. */
  readonly freshTokens?: number;
  readonly ignoreEos: true;
  readonly seed: number;
}

/**
 * Prompts of random words, each a pure function of the iteration. No two iterations share their
 * first words, nor do runs of different salts, so a prefix cache does not hit by accident. A prompt is never shorter than the
 * template's overhead and one word: what is asked for below that, the server counts as more.
 *
 * @throws usage error for a bad length
 */
function synthetic(options: SyntheticOptions): (iteration: Iteration) => SyntheticPrompt {
  const { label = "prompt" } = options;
  const promptLength = lengthSampler("promptTokens", options.promptTokens);
  const outputLength = lengthSampler("outputTokens", options.outputTokens);
  return (iteration) => {
    const { vocabulary, lengths = {} } = iteration;
    const asked = lengths.promptTokens ?? promptLength(iteration.random(`${label}.length`));
    const count = wordsFor(asked, vocabulary);
    return {
      messages: [{ role: "user", content: composeText(iteration, label, count) }],
      maxTokens: lengths.outputTokens ?? outputLength(iteration.random(`${label}.output`)),
      promptTokens: asked,
      freshTokens: count,
      ignoreEos: true,
      seed: samplingSeed(iteration.random(`${label}.seed`)),
    };
  };
}

/**
 * `count` words that start differently in every iteration: the first few spell the iteration's
 * number in the base of the book's size, least significant digit first, so that neighbours differ
 * in the first word already. The spelling is shifted by seed and salt, so runs differ too.
 */
export function composeText(iteration: Iteration, label: string, count: number): string {
  const { words } = iteration.vocabulary;
  const shift = wordStream(iteration, iteration.scenario, label, "shift");
  const random = iteration.salted(label);
  const spelled = spelledDigits(words.length);
  const text: string[] = [];
  let number = iteration.index;
  for (let at = 0; at < count; at += 1) {
    const digit = at < spelled ? number + shift.integer(words.length) : undefined;
    number = Math.floor(number / words.length);
    text.push(wordAt(words, digit ?? random.integer(words.length)));
  }
  return text.join(" ");
}

/** How many words spell every iteration number up to 2^32. */
function spelledDigits(vocabularySize: number): number {
  return Math.ceil(32 / Math.log2(Math.max(2, vocabularySize)));
}

function wordAt(words: readonly string[], index: number): string {
  const word = words[index % words.length];
  if (word === undefined) throw usageError("the vocabulary has no words");
  return word;
}

/** 31 bits: every server takes them, and llama.cpp's 2^32 - 1, "random", is not among them. */
export function samplingSeed(random: Random): number {
  return random.uint32() >>> 1;
}

export interface ConversationOptions {
  /** Messages of the user in one session. */
  readonly turns: Length;
  /** Length of each of them, without template and history. */
  readonly promptTokens: Length;
  readonly outputTokens: Length;
  /** Mean time to read and type before every message but the first, seconds. Default 0. */
  readonly thinkTime?: number;
  readonly label?: string;
}

/** One message of the user. Spread the rest of it into `chat` beside the history. */
export interface Turn {
  readonly message: ChatMessage;
  /** Seconds to wait before it. */
  readonly think: number;
  readonly request: Pick<SyntheticPrompt, "maxTokens" | "freshTokens" | "ignoreEos" | "seed">;
}

/**
 * Sessions of several turns: the scenario sends each with the history so far. Think times are
 * exponential, as between independent acts, cut at five times their mean.
 *
 * @throws usage error for a bad length
 */
function conversation(options: ConversationOptions): (iteration: Iteration) => readonly Turn[] {
  const { thinkTime = 0, label = "conversation" } = options;
  const turnCount = lengthSampler("turns", options.turns);
  const promptLength = lengthSampler("promptTokens", options.promptTokens);
  const outputLength = lengthSampler("outputTokens", options.outputTokens);
  return (iteration) => {
    const random = iteration.random(`${label}.shape`);
    const { lengths = {} } = iteration;
    return Array.from({ length: turnCount(random) }, (_, turn): Turn => {
      const count = lengths.promptTokens ?? promptLength(random);
      const content = composeText(iteration, `${label}.${turn}`, count);
      const think = turn === 0 ? 0 : thinkTime * Math.min(5, random.exponential());
      const maxTokens = lengths.outputTokens ?? outputLength(random);
      const request = { maxTokens, freshTokens: count, seed: samplingSeed(random) };
      return {
        message: { role: "user", content },
        think,
        request: { ...request, ignoreEos: true },
      };
    });
  };
}

/**
 * The request that iteration k replays: entry k of the trace (from the start again after the last).
 * Content is the trace's own, or random words of the recorded length; prompts whose leading hash
 * ids are equal start with the same words, so caches hit as they did in the recording.
 */
function fromTrace(trace: Trace): (iteration: Iteration) => SyntheticPrompt {
  return (iteration) => {
    const entry = trace.entries[iteration.index % trace.entries.length];
    if (entry === undefined) throw usageError(`${trace.file}: the trace is empty`);
    const { vocabulary } = iteration;
    const count = wordsFor(entry.promptTokens, vocabulary);
    const ids = entry.hashIds ?? [];
    const shared = Math.min(count, ids.length * trace.blockTokens);
    const composed = {
      promptTokens: entry.promptTokens,
      freshTokens: count - shared,
    };
    const content = (): string => composeBlocks(iteration, { ids, count, size: trace.blockTokens });
    return {
      messages: entry.messages ?? [{ role: "user", content: content() }],
      maxTokens: entry.outputTokens,
      ...(!entry.messages && composed),
      ignoreEos: true,
      seed: samplingSeed(iteration.random("trace.seed")),
    };
  };
}

interface Blocks {
  readonly ids: readonly number[];
  readonly count: number;
  readonly size: number;
}

/**
 * `count` words: a block for each id, the same wherever the id occurs in the run, then words of its
 * own.
 */
function composeBlocks(iteration: Iteration, { ids, count, size }: Blocks): string {
  const { words } = iteration.vocabulary;
  const shared = ids.slice(0, Math.ceil(count / size)).flatMap((id) => {
    const random = wordStream(iteration, "trace.block", id);
    return Array.from({ length: size }, () => wordAt(words, random.integer(words.length)));
  });
  const own = count - shared.length;
  if (own <= 0) return shared.slice(0, count).join(" ");
  return [...shared, composeText(iteration, "trace", own)].join(" ");
}

/** Prompts for scenarios: `prompts.synthetic(...)`. */
export const prompts = { synthetic, conversation, fromTrace } as const;
