/**
 * One request drawn as a bar: waiting for us (scheduled to sent), for headers, for the first token,
 * then the stream with a stroke for each content event, then whatever came after the last content.
 */
import type { RequestRecord } from "../../core/request-record.ts";
import type { Timeline } from "../page/blocks.ts";
import { quantity } from "../text/quantity.ts";

/** More strokes than this are a solid block anyway. */
const MOST_STROKES = 400;

interface Moment {
  /** What lies before it: the class of its part, and its words. */
  readonly part: string;
  readonly words: string;
  readonly at: number | undefined;
}

/** @param scaleMs the duration that fills the width: one for all bars of a table, so they compare */
export function timelineOf(record: RequestRecord, scaleMs: number): Timeline {
  const start = record.scheduled ?? record.sent;
  const scale = (ms: number): string => ((ms / scaleMs) * 1000).toFixed(1);
  const parts: Timeline["parts"][number][] = [];
  const words: string[] = [];
  let from = start;
  for (const { part, words: text, at } of momentsOf(record)) {
    if (at === undefined || at <= from) continue;
    parts.push({ x: scale(from - start), width: scale(at - from), part });
    words.push(`${text} ${quantity(at - from, "ms")}`);
    from = at;
  }
  const end = Math.max(0, record.ended - start);
  if (!record.outcome.ok) {
    const x = Math.min(994, Math.max(0, (end / scaleMs) * 1000 - 3));
    parts.push({ x: x.toFixed(1), width: "6", part: "failed" });
    words.push(record.outcome.failure);
  }
  return { label: words.join(", "), parts, events: strokes(record, start, scale) };
}

function momentsOf({ sent, headers, firstContent, lastContent, ended }: RequestRecord): Moment[] {
  return [
    { part: "queued", words: "waited to be sent", at: sent },
    { part: "headers", words: "headers after", at: headers },
    { part: "first", words: "first token after", at: firstContent },
    { part: "stream", words: "tokens for", at: lastContent },
    { part: "rest", words: "then", at: ended },
  ];
}

/** Gaps are whole µs; the first counts from `sent` (core/records.ts). */
function strokes(
  { sent, contentGapsUs = [] }: RequestRecord,
  start: number,
  scale: (ms: number) => string,
): string {
  if (contentGapsUs.length > MOST_STROKES) return "";
  let at = sent;
  return contentGapsUs
    .map((gap) => {
      at += gap / 1000;
      return `M${scale(at - start)} 2v10`;
    })
    .join("");
}
