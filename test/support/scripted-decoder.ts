/** A decoder whose every step waits for the test, and samples what the test says. */
import type { Decoder, Sampler, SequenceWork } from "../../src/reference-server/engine/decoder.ts";
import type { Finish, Job, JobListener, Settings } from "../../src/reference-server/engine/job.ts";
import { defaultSettings } from "../../src/reference-server/api/generation-settings.ts";
import type { Vocabulary } from "../../src/reference-server/engine/vocabulary.ts";

export interface Step {
  readonly work: readonly SequenceWork[];
  /** Lets the step end; every sampler draws `token`. */
  resolve(token?: number): void;
  reject(error: Error): void;
}

export interface ScriptedDecoder extends Decoder {
  /** The step that is running, when there is one. */
  readonly next: () => Promise<Step>;
  readonly trims: (readonly [sequence: number, position: number])[];
  readonly disposed: () => number;
}

export function scriptedDecoder(batchSize = 16): ScriptedDecoder {
  const steps: Step[] = [];
  const waiting: ((step: Step) => void)[] = [];
  const trims: [number, number][] = [];
  let disposed = 0;
  const announce = (step: Step): void => {
    const taker = waiting.shift();
    if (taker === undefined) steps.push(step);
    else taker(step);
  };
  return {
    batchSize,
    trims,
    disposed: () => disposed,
    createSampler: (): Sampler => ({
      dispose: () => {
        disposed += 1;
      },
    }),
    step: (work) =>
      new Promise((resolve, reject) => {
        announce({
          work,
          resolve: (token = 7) => {
            resolve(work.map(({ sampler }) => (sampler === undefined ? undefined : token)));
          },
          reject,
        });
      }),
    trim: (sequence, position) => {
      trims.push([sequence, position]);
      return true;
    },
    next: () => {
      const step = steps.shift();
      return step === undefined
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(step);
    },
  };
}

/** Token 1 ends the generation; every other token is the text ` t`. */
export const smallVocabulary: Vocabulary = {
  size: 10,
  bosText: "",
  eosText: "",
  prependBos: false,
  appendEos: false,
  endOfGeneration: () => [1],
  isEndOfGeneration: (token) => token === 1,
  piece: (token) => ({ text: token === 1 ? "" : " t", bytes: Buffer.from(" t"), whole: true }),
  spelledOut: () => Buffer.from(" t"),
  tokenize: () => [],
  detokenize: () => "",
};

export interface RecordedJob {
  readonly job: Job;
  /** Names of what was reported, in order. */
  readonly heard: string[];
  readonly finish: () => Finish | undefined;
}

let nextId = 0;

export function recordedJob(
  prompt: readonly number[],
  settings: Partial<Settings> = {},
  slot = -1,
): RecordedJob {
  const heard: string[] = [];
  let finish: Finish | undefined;
  const listener: JobListener = {
    started: () => heard.push("started"),
    progressed: ({ processed }) => heard.push(`progress ${processed}`),
    token: ({ text }) => heard.push(`token${text}`),
    finished: (given) => {
      finish = given;
      heard.push(`finished ${given.stop.type}`);
    },
    failed: ({ message }) => heard.push(`failed ${message}`),
  };
  const id = nextId++;
  const all = { ...defaultSettings, stream: true, ...settings };
  return {
    job: { id, index: 0, prompt, settings: all, slot, listener },
    heard,
    finish: () => finish,
  };
}
