/** How a request ended, by its protocol's own rule of success. HTTP 200 is not success. */
import type { AnswerNote, FailureKind, Outcome } from "../core/request-record.ts";
import type { ApiName } from "../core/request.ts";
import type { Answer } from "./adapter.ts";
import type { Exchange } from "./exchange.ts";
import { notAnAnswer, statusFailure } from "./failure.ts";
import type { ContentReader } from "./reader.ts";

export interface Exchanged {
  readonly api: ApiName;
  readonly done: Exchange;
  readonly reader: ContentReader;
  readonly answer: Answer;
}

export function outcomeOf({ api, done, reader, answer }: Exchanged): Outcome {
  if (answer.error !== undefined) return { ok: false, ...answer.error };
  if (done.broken !== undefined) {
    return { ok: false, failure: done.broken.failure, message: done.broken.message };
  }
  const { status } = done;
  if (status === undefined) return failed("protocol_error", "the response ended without headers");
  if (status >= 300) {
    const response = { body: reader.errorBody, location: done.location };
    return { ok: false, ...statusFailure(status, response) };
  }
  const hasContent = reader.contentAt.length > 0;
  if (!hasContent && !hasBegun(answer)) {
    const { contentType, beginning } = reader;
    return { ok: false, ...notAnAnswer(status, { api, contentType, beginning }) };
  }
  if (!answer.done) return failed("truncated", endMissing(answer));
  if (!hasContent) return noContent(answer);
  return { ok: true, finish: answer.finish ?? "unknown" };
}

function hasBegun({ begun, finish, counts }: Answer): boolean {
  return begun || finish !== undefined || Object.keys(counts.usage ?? {}).length > 0;
}

function endMissing({ missing }: Answer): string {
  const said = missing === undefined ? "" : `: ${missing}`;
  return `the stream ended before its end was announced${said}`;
}

/** Reasoning that was not sent can use up the whole limit: then there was nothing left to say. */
function noContent({ finish, counts: { usage = {}, timings = {} } }: Answer): Outcome {
  const { output = timings.output ?? 0, reasoning = 0 } = usage;
  if (finish === "length" && reasoning > 0) {
    const message = `all ${output} tokens of the limit went into reasoning that was not sent, so no answer came`;
    return failed("no_answer", `${message}; raise maxTokens, or lower the reasoning effort`);
  }
  const counted = output > 0 ? `, although the server counted ${output} output tokens` : "";
  return failed("empty", `the answer has no content${counted}`);
}

function failed(failure: FailureKind, message: string): Outcome {
  return { ok: false, failure, message };
}

/** What is worth knowing of an answer that is complete. */
export function notesOf({ done, reader, answer }: Exchanged): readonly AnswerNote[] | undefined {
  const notes = [...answer.notes];
  if (done.leftOpen === true && answer.done) notes.push({ code: "no_body_end" });
  const unanswered = reader.firstAnswer === undefined && answer.reasoning !== "";
  if (unanswered && answer.finish === "length") notes.push({ code: "only_reasoning" });
  return notes.length === 0 ? undefined : notes;
}
