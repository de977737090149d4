/** The server by its own account: its page of metrics, and what is in its slots. Source: `server`. */
import { messageOf } from "../../core/errors.ts";
import type { Fingerprint } from "../../core/fingerprint.ts";
import type { MetricMapping } from "../../core/metric-mapping.ts";
import type { Found, Reading, Source, Unavailable } from "../source.ts";
import { pageReader } from "./page-reader.ts";
import { loadedModels, parsed, refusal } from "./pages.ts";
import type { Values } from "./read-names.ts";
import type { Scrape, Scraped } from "./scrape.ts";
import type { ServerPage } from "./server-page.ts";
import { slotUse } from "./slots.ts";
import { tritonAsked, tritonModels } from "./triton-models.ts";
import { TRITON_COUNTERS, tritonStatistics } from "./triton-statistics.ts";

export const SERVER_SOURCE = "server";

/** Whose metrics are looked for. */
export interface WatchedServer {
  /** Without credentials and trailing slash. */
  readonly baseUrl: string;
  /** As in the target's identity: `llama.cpp`, `vllm`, ...; absent where it is not known. */
  readonly product?: string;
  /** llama.cpp in router mode wants to know whose metrics are meant. */
  readonly model?: string;
  /** The scenario's own words for the page's metrics. */
  readonly mapping?: MetricMapping;
}

/** What can be asked for, again and again. */
interface Question {
  readonly url: string;
  /** What the answer says; undefined when it is not one of this kind. */
  readonly read: (text: string) => ServerPage | undefined;
}

/** Servers that have `/slots`; ours speaks as llama-server does. */
const HAVE_SLOTS = new Set(["llama.cpp", "plimsoll"]);
const TRITON_PORT = "8002";

/** Asks once for everything this server might show. */
export async function probeServer(server: WatchedServer, scrape: Scrape): Promise<Found> {
  const asked = await firstThatAnswers(questionsFor(server), scrape, server.product);
  const more = await Promise.all(
    (await moreQuestions(server, scrape)).map((question) => firstThatAnswers([question], scrape)),
  );
  const pages = [asked, ...more].flatMap((one) => ("page" in one ? [one] : []));
  if (pages.length === 0)
    return { unavailable: "page" in asked ? { kind: "", reason: "nothing" } : asked };
  return { source: sourceOf(server, pages, scrape, "reason" in asked ? asked : undefined) };
}

/** What is asked beside the page of metrics. */
async function moreQuestions(
  { baseUrl, product = "", model }: WatchedServer,
  scrape: Scrape,
): Promise<readonly Question[]> {
  if (HAVE_SLOTS.has(product)) return [{ url: `${baseUrl}/slots`, read: slotPage }];
  if (product !== "triton") return [];
  const models = await tritonModels(baseUrl, model, scrape);
  const read: Question["read"] = (text) => {
    const found = tritonStatistics(text, models);
    return found && { ...found, counters: TRITON_COUNTERS };
  };
  return [{ url: `${baseUrl}/v2/models/stats`, read }];
}

interface Answered {
  readonly question: Question;
  readonly page: ServerPage;
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
      const page = answer.status === 200 ? question.read(answer.text) : undefined;
      if (page !== undefined) return { question, page };
      refusals.push(refusal(path, answer, product));
    } catch (error) {
      refusals.push({ kind: product ?? "", reason: `${path}: ${messageOf(error)}` });
    }
  }
  return refusals[0] ?? { kind: product ?? "", reason: "it has no metrics that we know of" };
}

function questionsFor({ baseUrl, product, model, mapping }: WatchedServer): readonly Question[] {
  const asked = product === "triton" && model !== undefined ? tritonAsked(model) : undefined;
  const page = (url: string): Question => ({ url, read: pageReader(mapping, asked) });
  const triton = new URL(baseUrl);
  triton.port = TRITON_PORT;
  switch (product) {
    case "ollama":
      return [{ url: `${baseUrl}/api/ps`, read: ollamaPage }];
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

function ollamaPage(text: string): ServerPage | undefined {
  const values = loadedModels(text);
  return values && { values };
}

const UNDER_WAY = "under_way";

function slotPage(text: string): ServerPage | undefined {
  const use = slotUse(parsed(text));
  if (use === undefined) return undefined;
  const { busy, kvUsage, underWay } = use;
  const usage = kvUsage === undefined ? {} : { server_kv_usage: kvUsage };
  return { values: { server_slots_busy: busy, ...usage, [UNDER_WAY]: underWay } };
}

function sourceOf(
  { product }: WatchedServer,
  pages: readonly Answered[],
  scrape: Scrape,
  refused: Unavailable | undefined,
): Source {
  const derived = new Derived();
  const told = new ToldSeries(pages.map(({ page }) => page));
  const first = Object.assign({}, ...pages.map(({ page }) => page.values)) as Values;
  const missing = refused === undefined ? {} : { server_output_tokens: reasonOf(refused) };
  const kind = product ?? "metrics";
  const gives = Object.keys(derived.add(first));
  return {
    kind,
    tiers: ["medium"],
    // What a page has grows with what the server does: the last account knows all of it.
    get facts() {
      const lacking = { ...missing, ...told.missing };
      return [{ source: SERVER_SOURCE, kind, gives, ...told.counters(), missing: lacking }];
    },
    fingerprint: Object.assign({}, ...pages.map(({ page }) => page.fingerprint)) as Fingerprint,
    warnings: Object.entries(told.missing).map(([series, why]) => ({
      code: "metric_not_found",
      message: `metrics: ${series} is not measured: ${why}`,
    })),
    read: async () => {
      const readings: Reading[] = [];
      for (const { question } of pages) {
        const answer = await scrape(question.url);
        const page = answer.status === 200 ? question.read(answer.text) : undefined;
        if (page === undefined) throw new Error(refusal(question.url, answer, product).reason);
        told.add(page);
        readings.push({ ...readingOf(answer, page), values: derived.add(page.values) });
      }
      return readings;
    },
    close: () => undefined,
  };
}

/** What pages have said of their series. */
class ToldSeries {
  readonly missing: Readonly<Record<string, string>>;
  readonly #counters = new Set<string>();
  #typed = false;

  constructor(pages: readonly ServerPage[]) {
    this.missing = Object.assign({}, ...pages.map(({ missing }) => missing)) as Readonly<
      Record<string, string>
    >;
    for (const page of pages) this.add(page);
  }

  add({ counters }: ServerPage): void {
    if (counters === undefined) return;
    this.#typed = true;
    for (const name of counters) this.#counters.add(name);
  }

  counters(): { readonly counters?: readonly string[] } {
    return this.#typed ? { counters: [...this.#counters] } : {};
  }
}

function readingOf(answer: Scraped, { values, histograms }: ServerPage): Reading {
  const epoch = startOf(answer, values);
  return {
    source: SERVER_SOURCE,
    at: answer.at,
    values,
    ...(epoch !== undefined && { epoch }),
    ...(histograms !== undefined && { histograms }),
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
