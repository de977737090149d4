/**
 * `requests.csv` and `samples.csv`: streaming transforms from lines of `run.jsonl` to CSV text.
 * A spreadsheet must not run what a server wrote, so text cells that look like a formula get a
 * leading apostrophe (OWASP, "CSV Injection"). Times are ms; an absent value is an empty cell.
 */
import { Transform, type TransformCallback } from "node:stream";
import { stringify } from "csv-stringify/sync";
import type { RequestRecord, RunLine, Sample } from "../core/records.ts";

type Cell = string | number | undefined;
type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

function since(end: number | undefined, start: number | undefined): number | undefined {
  return end === undefined || start === undefined ? undefined : micros(end - start);
}

/** Clock differences carry float noise below a microsecond; it says nothing. */
function micros(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 1000) / 1000;
}

/** Mean gap between output tokens, as DESIGN's `tpot`: absent below 2 tokens. */
function tpot(row: RequestRecord): number | undefined {
  const tokens = row.output?.count ?? 0;
  const span = since(row.lastContent, row.firstContent);
  return span === undefined || tokens < 2 ? undefined : micros(span / (tokens - 1));
}

const requestColumns: Columns<RequestRecord> = {
  scenario: (row) => row.scenario,
  phase: (row) => row.phase,
  iteration: (row) => row.iteration,
  request: (row) => row.request,
  vu: (row) => row.vu,
  worker: (row) => row.worker,
  api: (row) => row.api,
  ok: (row) => (row.outcome.ok ? "true" : "false"),
  finish: (row) => (row.outcome.ok ? row.outcome.finish : undefined),
  failure: (row) => (row.outcome.ok ? undefined : row.outcome.failure),
  message: (row) => (row.outcome.ok ? undefined : row.outcome.message),
  status: (row) => row.status,
  scheduled_ms: (row) => micros(row.scheduled),
  sent_ms: (row) => micros(row.sent),
  headers_at_ms: (row) => micros(row.headers),
  first_content_ms: (row) => micros(row.firstContent),
  last_content_ms: (row) => micros(row.lastContent),
  ended_ms: (row) => micros(row.ended),
  dispatch_lag_ms: (row) => since(row.sent, row.scheduled),
  connect_ms: (row) => micros(row.connect),
  ttft_ms: (row) => since(row.firstContent, row.sent),
  ttft_scheduled_ms: (row) => since(row.firstContent, row.scheduled),
  tpot_ms: tpot,
  e2e_ms: (row) => since(row.lastContent, row.sent),
  e2e_scheduled_ms: (row) => since(row.lastContent, row.scheduled),
  output_tokens: (row) => row.output?.count,
  output_tokens_source: (row) => row.output?.source,
  prompt_tokens: (row) => row.prompt?.count,
  prompt_tokens_source: (row) => row.prompt?.source,
  cached_tokens: (row) => row.cached?.count,
  reasoning_tokens: (row) => row.reasoning?.count,
  asked_output_tokens: (row) => row.asked?.output,
  asked_prompt_tokens: (row) => row.asked?.prompt,
  server_prompt_ms: (row) => row.server?.promptMs,
  server_predicted_ms: (row) => row.server?.predictedMs,
  server_queue_ms: (row) => row.server?.queueMs,
  bytes: (row) => row.bytes,
  retry_after: (row) => row.retryAfter,
  tags: (row) => (row.tags === undefined ? undefined : JSON.stringify(row.tags)),
};

const sampleColumns: Columns<Sample> = {
  at_ms: (row) => micros(row.at),
  source: (row) => row.source,
  metric: (row) => row.metric,
  value: (row) => row.value,
};

/** Rows are turned into text in batches: one call of the library for each would cost more than the rows. */
const BATCH = 512;

function csvOf<Row extends RunLine>(type: Row["type"], columns: Columns<Row>): Transform {
  const names = Object.keys(columns);
  const cells = Object.values(columns);
  let batch: Cell[][] = [names];
  const text = (): string => {
    const rows = batch;
    batch = [];
    return stringify(rows, { escape_formulas: true });
  };
  return new Transform({
    writableObjectMode: true,
    transform(line: RunLine, _encoding, done: TransformCallback) {
      if (line.type === type) batch.push(cells.map((cell) => cell(line as Row)));
      if (batch.length < BATCH) done();
      else done(null, text());
    },
    flush(done) {
      done(null, text());
    },
  });
}

/** Lines of `run.jsonl` in, the text of `requests.csv` out: one row a request, in file order. */
export function requestsCsv(): Transform {
  return csvOf<RequestRecord>("request", requestColumns);
}

/** Lines of `run.jsonl` in, the text of `samples.csv` out: one row a sampler reading. */
export function samplesCsv(): Transform {
  return csvOf<Sample>("sample", sampleColumns);
}
