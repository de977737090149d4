/**
 * `requests.csv` and `samples.csv`: from lines of `run.jsonl`, one by one, to CSV text.
 * A spreadsheet must not run what a server wrote, so text cells that look like a formula get a
 * leading apostrophe (OWASP, "CSV Injection"). Times are ms; an absent value is an empty cell.
 */
import { stringify } from "csv-stringify/sync";
import type { MetricName } from "../../core/metrics.ts";
import type { RequestRecord, RunLine, Sample } from "../../core/records.ts";
import { requestValues, type RequestValues } from "../../judge/collect/request-values.ts";

type Cell = string | number | undefined;
type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

/** Clock differences carry float noise below a microsecond; it says nothing. */
function micros(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 1000) / 1000;
}

/** A record with what judge makes of it, so that the columns agree with the summary. */
interface Request {
  readonly record: RequestRecord;
  readonly values: RequestValues;
}

function measured(metric: MetricName): (request: Request) => Cell {
  return ({ values }) => micros(values[metric]);
}

const requestColumns: Columns<Request> = {
  scenario: ({ record: row }) => row.scenario,
  phase: ({ record: row }) => row.phase,
  iteration: ({ record: row }) => row.iteration,
  request: ({ record: row }) => row.request,
  attempt: ({ record: row }) => row.attempt,
  vu: ({ record: row }) => row.vu,
  worker: ({ record: row }) => row.worker,
  api: ({ record: row }) => row.api,
  ok: ({ record: row }) => (row.outcome.ok ? "true" : "false"),
  finish: ({ record: row }) => (row.outcome.ok ? row.outcome.finish : undefined),
  failure: ({ record: row }) => (row.outcome.ok ? undefined : row.outcome.failure),
  message: ({ record: row }) => (row.outcome.ok ? undefined : row.outcome.message),
  status: ({ record: row }) => row.status,
  scheduled_ms: ({ record: row }) => micros(row.scheduled),
  sent_ms: ({ record: row }) => micros(row.sent),
  headers_at_ms: ({ record: row }) => micros(row.headers),
  first_content_ms: ({ record: row }) => micros(row.firstContent),
  last_content_ms: ({ record: row }) => micros(row.lastContent),
  ended_ms: ({ record: row }) => micros(row.ended),
  dispatch_lag_ms: measured("dispatch_lag"),
  connect_ms: ({ record: row }) => micros(row.connect),
  ttft_ms: measured("ttft"),
  ttft_scheduled_ms: measured("ttft_scheduled"),
  tpot_ms: measured("tpot"),
  e2e_ms: measured("e2e"),
  e2e_scheduled_ms: measured("e2e_scheduled"),
  output_tokens: ({ record: row }) => row.output?.count,
  output_tokens_source: ({ record: row }) => row.output?.source,
  prompt_tokens: ({ record: row }) => row.prompt?.count,
  prompt_tokens_source: ({ record: row }) => row.prompt?.source,
  cached_tokens: ({ record: row }) => row.cached?.count,
  reasoning_tokens: ({ record: row }) => row.reasoning?.count,
  asked_output_tokens: ({ record: row }) => row.asked?.output,
  asked_prompt_tokens: ({ record: row }) => row.asked?.prompt,
  server_prompt_ms: ({ record: row }) => row.server?.promptMs,
  server_predicted_ms: ({ record: row }) => row.server?.predictedMs,
  server_queue_ms: ({ record: row }) => row.server?.queueMs,
  bytes: ({ record: row }) => row.bytes,
  retry_after: ({ record: row }) => row.retryAfter,
  retry_in_ms: ({ record: row }) => micros(row.retryIn),
  tags: ({ record: row }) => (row.tags === undefined ? undefined : JSON.stringify(row.tags)),
};

const sampleColumns: Columns<Sample> = {
  at_ms: (row) => micros(row.at),
  source: (row) => row.source,
  metric: (row) => row.metric,
  value: (row) => row.value,
};

/** Characters that are handed on together: a write for each row would cost more than the row. */
const ENOUGH = 1 << 18;

/** What the library makes of texts that come again and again: names, phases, kinds. */
const MOST_KNOWN = 1000;
const LONGEST_KNOWN = 64;

/** The library decides on quotes and formulas; numbers need neither, and most cells are numbers. */
function cellWriter(): (cell: Cell) => string {
  const known = new Map<string, string>();
  return (cell) => {
    if (cell === undefined || cell === "") return "";
    if (typeof cell === "number") return String(cell);
    const found = known.get(cell);
    if (found !== undefined) return found;
    const text = stringify([[cell]], { escape_formulas: true, record_delimiter: "" });
    if (known.size >= MOST_KNOWN) known.clear();
    if (cell.length <= LONGEST_KNOWN) known.set(cell, text);
    return text;
  };
}

/** Rows of a file, made line by line. */
export interface Rows {
  /** Takes the next line; text to write whenever there is enough of it. */
  add(line: RunLine): string | undefined;
  /** What is left, after the last line. */
  end(): string;
}

/** @param rowsOf what a line is rows of; none for lines of another type */
function csvOf<Row>(rowsOf: (line: RunLine) => readonly Row[], columns: Columns<Row>): Rows {
  const cells = Object.values(columns);
  const write = cellWriter();
  let waiting = `${Object.keys(columns).map(write).join(",")}\n`;
  const taken = (): string => {
    const text = waiting;
    waiting = "";
    return text;
  };
  return {
    add(line) {
      for (const row of rowsOf(line))
        waiting += `${cells.map((cell) => write(cell(row))).join(",")}\n`;
      return waiting.length < ENOUGH ? undefined : taken();
    },
    end: taken,
  };
}

/**
 * Lines of `run.jsonl` in, the text of `requests.csv` out: one row a request, in file order. As in
 * the summary, only successful requests have latencies; the timestamps are there for all.
 */
export function requestsCsv(): Rows {
  const rowsOf = (line: RunLine): readonly Request[] =>
    line.type === "request" ? [{ record: line, values: requestValues(line) }] : NONE;
  return csvOf(rowsOf, requestColumns);
}

/** One for all lines of other types. */
const NONE: readonly never[] = [];

/** Lines of `run.jsonl` in, the text of `samples.csv` out: one row a sampler reading. */
export function samplesCsv(): Rows {
  return csvOf(samplesOf, sampleColumns);
}

/** Readings by column are samples all the same. */
function samplesOf(line: RunLine): readonly Sample[] {
  if (line.type === "sample") return [line];
  if (line.type !== "readings") return NONE;
  const { source, metrics, rows } = line;
  return rows.flatMap(([at, ...values]) =>
    metrics.flatMap((metric, i): Sample[] => {
      const value = values[i];
      if (at == null || value == null) return [];
      return [{ type: "sample", at, source, metric, value }];
    }),
  );
}
