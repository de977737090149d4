/**
 * `requests.csv` and `samples.csv`: from lines of `run.jsonl`, one by one, to CSV text.
 * A spreadsheet must not run what a server wrote, so text cells that look like a formula get a
 * leading apostrophe (OWASP, "CSV Injection"), and a terminal must not obey it either: control
 * characters stand there as `\uXXXX`. Times are ms; an absent value is an empty cell.
 */
import { stringify } from "csv-stringify/sync";
import type { RunLine } from "../../core/records.ts";
import type { Sample } from "../../core/telemetry-lines.ts";
import { withoutSteering } from "../../core/terminal-text.ts";
import type { RequestMetric } from "../../judge/collect/request-values.ts";
import { RequestView } from "../../judge/collect/request-view.ts";
import { microsText } from "./micros-text.ts";

/** A cell as it stands in the file; most are numbers, which need neither quotes nor care. */
type Column<Row> = (row: Row, write: (text: string) => string) => string;
type Columns<Row> = Readonly<Record<string, Column<Row>>>;

function text<Row>(of: (row: Row) => string | undefined): Column<Row> {
  return (row, write) => write(of(row) ?? "");
}

function number<Row>(of: (row: Row) => number | undefined): Column<Row> {
  return (row) => {
    const value = of(row);
    // What was not a number when it was written is null in the file.
    return value == null ? "" : String(value);
  };
}

/** Clock differences carry float noise below a microsecond; it says nothing. */
function time<Row>(of: (row: Row) => number | undefined): Column<Row> {
  return (row) => {
    const ms = of(row);
    return ms == null ? "" : microsText(ms);
  };
}

/** A record with what judge makes of it, so that the columns agree with the summary. */
type Request = Pick<RequestView, "record" | "values">;

function measured(metric: RequestMetric): Column<Request> {
  return time(({ values }) => values[metric]);
}

const requestColumns: Columns<Request> = {
  scenario: text(({ record }) => record.scenario),
  phase: text(({ record }) => record.phase),
  iteration: number(({ record }) => record.iteration),
  request: number(({ record }) => record.request),
  attempt: number(({ record }) => record.attempt),
  vu: number(({ record }) => record.vu),
  worker: number(({ record }) => record.worker),
  api: text(({ record }) => record.api),
  ok: text(({ record }) => (record.outcome.ok ? "true" : "false")),
  finish: text(({ record }) => (record.outcome.ok ? record.outcome.finish : undefined)),
  failure: text(({ record }) => (record.outcome.ok ? undefined : record.outcome.failure)),
  message: text(({ record }) => (record.outcome.ok ? undefined : record.outcome.message)),
  status: number(({ record }) => record.status),
  scheduled_ms: time(({ record }) => record.scheduled),
  sent_ms: time(({ record }) => record.sent),
  headers_at_ms: time(({ record }) => record.headers),
  first_content_ms: time(({ record }) => record.firstContent),
  last_content_ms: time(({ record }) => record.lastContent),
  ended_ms: time(({ record }) => record.ended),
  dispatch_lag_ms: measured("dispatch_lag"),
  connect_ms: time(({ record }) => record.connect),
  ttft_ms: measured("ttft"),
  ttft_scheduled_ms: measured("ttft_scheduled"),
  tpot_ms: measured("tpot"),
  e2e_ms: measured("e2e"),
  e2e_scheduled_ms: measured("e2e_scheduled"),
  output_tokens: number(({ record }) => record.output?.count),
  output_tokens_source: text(({ record }) => record.output?.source),
  prompt_tokens: number(({ record }) => record.prompt?.count),
  prompt_tokens_source: text(({ record }) => record.prompt?.source),
  cached_tokens: number(({ record }) => record.cached?.count),
  reasoning_tokens: number(({ record }) => record.reasoning?.count),
  asked_output_tokens: number(({ record }) => record.asked?.output),
  asked_prompt_tokens: number(({ record }) => record.asked?.prompt),
  server_prompt_ms: number(({ record }) => record.server?.promptMs),
  server_predicted_ms: number(({ record }) => record.server?.predictedMs),
  server_queue_ms: number(({ record }) => record.server?.queueMs),
  bytes: number(({ record }) => record.bytes),
  retry_after: text(({ record }) => record.retryAfter),
  retry_in_ms: time(({ record }) => record.retryIn),
  tags: text(({ record }) => (record.tags === undefined ? undefined : JSON.stringify(record.tags))),
};

const sampleColumns: Columns<Sample> = {
  at_ms: time((row) => row.at),
  source: text((row) => row.source),
  metric: text((row) => row.metric),
  value: number((row) => row.value),
};

/** Characters that are handed on together: a write for each row would cost more than the row. */
const ENOUGH = 1 << 18;

/** What the library makes of texts that come again and again: names, phases, kinds. */
const MOST_KNOWN = 1000;
const LONGEST_KNOWN = 64;

/** The library decides on quotes and formulas. */
function textWriter(): (text: string) => string {
  const known = new Map<string, string>();
  return (cell) => {
    if (cell === "") return "";
    const found = known.get(cell);
    if (found !== undefined) return found;
    const quoted = stringify([[cell]], { escape_formulas: true, record_delimiter: "" });
    const escaped = withoutSteering(quoted, false);
    if (known.size >= MOST_KNOWN) known.clear();
    if (cell.length <= LONGEST_KNOWN) known.set(cell, escaped);
    return escaped;
  };
}

/** Rows of a file, made line by line. */
export interface Rows {
  /** Takes the next line; text to write whenever there is enough of it. */
  add(line: RunLine, view?: RequestView): string | undefined;
  /** What is left, after the last line. */
  end(): string;
}

/** @param rowsOf what a line is rows of; none for lines of another type */
function csvOf<Row>(
  rowsOf: (line: RunLine, view?: RequestView) => readonly Row[],
  columns: Columns<Row>,
): Rows {
  const cells = Object.values(columns);
  const texts = new Array<string>(cells.length);
  const write = textWriter();
  let waiting = `${Object.keys(columns).map(write).join(",")}\n`;
  const taken = (): string => {
    const text = waiting;
    waiting = "";
    return text;
  };
  return {
    add(line, view) {
      for (const row of rowsOf(line, view)) {
        for (let i = 0; i < cells.length; i += 1) texts[i] = cells[i]?.(row, write) ?? "";
        waiting += `${texts.join(",")}\n`;
      }
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
  const own = new RequestView();
  const rowsOf = (line: RunLine, view = own): readonly Request[] =>
    line.type === "request" ? [view.of(line)] : NONE;
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
