/** The server by its own account: its page of metrics, and what is in its slots. Source: `server`. */
import { messageOf } from "../../core/errors.ts";
import type { Found, Reading, Source, Unavailable } from "../source.ts";
import { iterationStats, loadedModels, pageText, parsed, refusal } from "./pages.ts";
import { readPage, type KnownSeries } from "./prometheus-text.ts";
import { commonSeries, dialectOf, ownSeries, type Values } from "./read-names.ts";
import type { Scrape, Scraped } from "./scrape.ts";
import { slotUse } from "./slots.ts";

export const SERVER_SOURCE = "server";

/** Whose metrics are looked for. */
export interface WatchedServer {
  /** Without credentials and trailing slash. */
  readonly baseUrl: string;
  /** As in the target's identity: `llama.cpp`, `vllm`, ...; absent where it is not known. */
  readonly product?: string;
  /** llama.cpp in router mode wants to know whose metrics are meant. */
  readonly model?: string;
}

/** What can be asked for, again and again. */
interface Question {
  readonly url: string;
  /** What the answer says; undefined when it is not one of this kind. */
  readonly values: (answer: Scraped) => Values | undefined;
}

/** Servers that have `/slots`; ours speaks as llama-server does. */
const HAVE_SLOTS = new Set(["llama.cpp", "plimsoll"]);
const TRITON_PORT = "8002";

/** Asks once for everything this server might show. */
export async function probeServer(server: WatchedServer, scrape: Scrape): Promise<Found> {
  const asked = await firstThatAnswers(questionsFor(server), scrape, server.product);
  const slots = HAVE_SLOTS.has(server.product ?? "")
    ? await firstThatAnswers([{ url: `${server.baseUrl}/slots`, values: slotValues }], scrape)
    : undefined;
  const pages = [asked, slots].flatMap((one) =>
    one !== undefined && "values" in one ? [one] : [],
  );
  if (pages.length === 0)
    return { unavailable: "values" in asked ? { kind: "", reason: "nothing" } : asked };
  return { source: sourceOf(server, pages, scrape, "reason" in asked ? asked : undefined) };
}

interface Answered {
  readonly question: Question;
  readonly values: Values;
}

async function firstThatAnswers(
  questions: readonly Question[],
  scrape: Scrape,
  product?: string,
): Promise<Answered | Unavailable> {
  const refusals: Unavailable[] = [];
  for (const question of questions) {
    const { pathname, port } = new URL(question.url);
    const path = port === TRITON_PORT ? `:${port}${pathname}` : pathname;
    try {
      const answer = await scrape(question.url);
      const values = answer.status === 200 ? question.values(answer) : undefined;
      if (values !== undefined) return { question, values };
      refusals.push(refusal(path, answer, product));
    } catch (error) {
      refusals.push({ kind: product ?? "", reason: `${path}: ${messageOf(error)}` });
    }
  }
  return refusals[0] ?? { kind: product ?? "", reason: "it has no metrics that we know of" };
}

function questionsFor({ baseUrl, product, model }: WatchedServer): readonly Question[] {
  const page = (url: string): Question => ({ url, values: pageReader() });
  const triton = new URL(baseUrl);
  triton.port = TRITON_PORT;
  switch (product) {
    case "ollama":
      return [{ url: `${baseUrl}/api/ps`, values: ({ text }) => loadedModels(text) }];
    case "triton":
      return [page(`${triton.origin}/metrics`), page(`${baseUrl}/metrics`)];
    case "tensorrt-llm":
      return [page(`${baseUrl}/prometheus/metrics`), page(`${baseUrl}/metrics`)];
    case "llama.cpp": {
      const ofModel = model === undefined ? [] : [`?model=${encodeURIComponent(model)}`];
      return ["", ...ofModel].map((query) => page(`${baseUrl}/metrics${query}`));
    }
    default:
      return [page(`${baseUrl}/metrics`), page(`${baseUrl}/prometheus/metrics`)];
  }
}

/** Reads pages; one that is the same as the one before need not be read again. */
function pageReader(): Question["values"] {
  const known: KnownSeries = new Map();
  let before: { readonly text: string; readonly values: Values } | undefined;
  return ({ text }) => {
    if (before?.text === text) return before.values;
    const page = readPage(pageText(text), known);
    const dialect = dialectOf(page);
    const values =
      page.samples.length === 0
        ? iterationStats(text)
        : { ...(dialect && commonSeries(page, dialect)), ...ownSeries(page) };
    before = values && { text, values };
    return values;
  };
}

const UNDER_WAY = "under_way";

function slotValues({ text }: Scraped): Values | undefined {
  const use = slotUse(parsed(text));
  if (use === undefined) return undefined;
  const { busy, kvUsage, underWay } = use;
  const usage = kvUsage === undefined ? {} : { server_kv_usage: kvUsage };
  return { server_slots_busy: busy, ...usage, [UNDER_WAY]: underWay };
}

function sourceOf(
  { product }: WatchedServer,
  pages: readonly Answered[],
  scrape: Scrape,
  refused: Unavailable | undefined,
): Source {
  const derived = new Derived();
  const first = Object.assign({}, ...pages.map(({ values }) => values)) as Values;
  const missing = refused === undefined ? {} : { server_output_tokens: reasonOf(refused) };
  const kind = product ?? "metrics";
  return {
    kind,
    tiers: ["medium"],
    facts: [{ source: SERVER_SOURCE, kind, gives: Object.keys(derived.add(first)), missing }],
    read: async () => {
      const readings: Reading[] = [];
      for (const { question } of pages) {
        const answer = await scrape(question.url);
        const values = answer.status === 200 ? question.values(answer) : undefined;
        if (values === undefined) throw new Error(refusal(question.url, answer, product).reason);
        const epoch = startOf(answer, values);
        readings.push({
          source: SERVER_SOURCE,
          at: answer.at,
          values: derived.add(values),
          ...(epoch !== undefined && { epoch }),
        });
      }
      return readings;
    },
    close: () => undefined,
  };
}

function reasonOf({ reason, advice }: Unavailable): string {
  return advice === undefined ? reason : `${reason}; ${advice}`;
}

/** What changes when the server is started anew. */
function startOf({ headers }: Scraped, values: Values): string | undefined {
  const header = headers["process-start-time-unix"];
  if (typeof header === "string") return header;
  const seconds = values["server_process_start_time_seconds"];
  return seconds === undefined ? undefined : String(seconds);
}

/** Series that need more than one answer. */
class Derived {
  #prompt = 0;
  #cached = 0;
  #output: number | undefined;
  #live = 0;

  add(values: Values): Values {
    const { [UNDER_WAY]: underWay, ...shown } = values;
    const hitRate = this.#hitRate(values);
    if (hitRate !== undefined && values["server_cache_hit_rate"] === undefined)
      shown["server_cache_hit_rate"] = hitRate;
    const output = values["server_output_tokens"];
    if (output !== undefined) {
      if (output < (this.#output ?? 0)) this.#live = 0; // it was restarted
      this.#output = output;
    }
    if (underWay === undefined || this.#output === undefined) return shown;
    // A request that ends between the two answers is in neither: what was seen is not taken back.
    this.#live = Math.max(this.#live, this.#output + underWay);
    return { ...shown, server_output_tokens_live: this.#live };
  }

  /** Of the prompt tokens since the answer before, those that came from the cache. */
  #hitRate(values: Values): number | undefined {
    const [prompt, cached] = [values["server_prompt_tokens"], values["server_cached_tokens"]];
    if (prompt === undefined || cached === undefined) return undefined;
    const [fresh, hits] = [prompt - this.#prompt, cached - this.#cached];
    [this.#prompt, this.#cached] = [prompt, cached];
    if (fresh < 0 || hits < 0 || fresh + hits <= 0) return undefined;
    return Math.round((hits / (fresh + hits)) * 1e4) / 1e4;
  }
}
