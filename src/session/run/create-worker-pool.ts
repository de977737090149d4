/** From a plan and a running server to the worker pool that runs the one against the other. */
import type { ClockOrigin } from "../../core/clock.ts";
import type { RunLine } from "../../core/records.ts";
import { WorkerPool } from "../../load/worker-pool.ts";
import { findAdapter } from "../../protocol/api/apis.ts";
import { chooseApi } from "../../protocol/api/choose-api.ts";
import { defaultVocabulary, type Vocabulary } from "../../scenario/vocabulary.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { RunningTarget } from "../../target/spec.ts";
import { learnVocabulary } from "../../target/learn-vocabulary.ts";
import { tokenCounter } from "../../target/token-counter.ts";
import { keepWords, knownWords } from "./kept-words.ts";
import { libraryOf, scenarioThread } from "../places.ts";
import type { Runtime } from "../runtime.ts";

/** Servers that close the connection of every stream; reusing it would make failures of our own. */
const CLOSES_STREAMS = new Set(["llama.cpp", "plimsoll"]);

export interface Assignment {
  readonly plan: Plan;
  readonly salt: string;
  readonly target: RunningTarget;
  readonly vocabulary: Vocabulary;
  readonly api: string;
  readonly env: Readonly<Record<string, string>>;
  readonly workers: number;
  readonly origin: ClockOrigin;
  readonly onLines: (lines: readonly RunLine[]) => void;
}

export function createWorkerPool(assignment: Assignment, runtime: Runtime): WorkerPool {
  const { plan, salt, target, vocabulary, api, env, workers, origin, onLines } = assignment;
  const { origin: root, pathname } = new URL(target.baseUrl);
  const { server, model } = target.identity;
  return new WorkerPool({
    task: {
      plan,
      salt,
      origin,
      endpoint: {
        origin: root,
        api,
        connection: target.connection,
        mode: CLOSES_STREAMS.has(server ?? "") ? "fresh" : "keep-alive",
        facts: { server, model, basePath: pathname.replace(/\/$/, ""), headers: target.headers },
      },
      vocabulary,
      library: libraryOf(runtime),
      env,
    },
    workers,
    execArgv: runtime.nodeArgs,
    onLines,
    print: scenarioThread(runtime).print,
  });
}

/** The API that was named, or what suits the server. */
export function apiOf(
  named: string,
  { identity }: RunningTarget,
  say: (text: string) => void,
): string {
  if (named !== "auto") return named;
  const { api, why } = chooseApi(identity.server);
  say(why);
  return api;
}

/** The words of which prompts of exact length are made for this server and API. */
export async function vocabularyOf(
  target: RunningTarget,
  api: string,
  cacheDir: string,
): Promise<Vocabulary> {
  const { baseUrl, headers, connection, identity } = target;
  const templated = findAdapter(api)?.templated ?? true;
  const counter = tokenCounter({ baseUrl, headers, connection, model: identity.model, templated });
  const known = await knownWords(identity, cacheDir);
  const vocabulary = await learnVocabulary(counter, defaultVocabulary.words, known);
  if (vocabulary.exact && vocabulary.words !== known)
    await keepWords(identity, vocabulary.words, cacheDir);
  return vocabulary;
}
