/** What a reader should know of the answers: how they were spelt, ended, and came. */
import type { AnswerNote } from "../../core/request-record.ts";
import type { CountedNote } from "../collect/answer-notes.ts";
import type { Tally } from "../collect/tally.ts";
import type { SummaryWarning } from "../summary.ts";

export interface Answers {
  readonly counts: Tally["answers"];
  readonly notes: readonly CountedNote[];
}

export function answerWarnings({ counts, notes }: Answers): readonly SummaryWarning[] {
  const { all } = counts;
  const derived = [bunched(counts), hidden(counts), several(counts)];
  return [
    ...derived.filter((one) => one !== undefined),
    ...notes.map(({ note, count }) => noteWarning(note, `${count} of ${all} answers`)),
  ];
}

function bunched({ bunched: count, spaced }: Answers["counts"]): SummaryWarning | undefined {
  if (count === 0) return undefined;
  const most = count > spaced / 2;
  const effect = most
    ? "ITL and TPOT cannot be measured, and no limit on them is met"
    : "they are not in ITL and TPOT";
  return {
    code: "bunched_answers",
    message: `${count} of ${spaced} answers of 8 tokens and more came in one piece (most of their tokens in one read): ${effect}`,
    advice:
      "see whether the server streams, and whether a proxy holds answers back; TTFT is then a time to most of the answer",
  };
}

function hidden({ hidden: count, all }: Answers["counts"]): SummaryWarning | undefined {
  if (count === 0) return undefined;
  return {
    code: "hidden_reasoning",
    message: `${count} of ${all} answers began with reasoning that was counted and not sent (hidden_tokens): their TTFT is the time to the answer, and TPOT and tokens/s are of the tokens that came`,
    advice: "do not compare their TTFT with that of a model whose reasoning is streamed",
  };
}

function several({ several: count, all }: Answers["counts"]): SummaryWarning | undefined {
  if (count === 0) return undefined;
  return {
    code: "several_choices",
    message: `${count} of ${all} requests had several answers at once: their gaps are not in ITL, and their TPOT is that of each answer`,
    advice: "ask for one answer a request to measure ITL",
  };
}

function noteWarning(note: AnswerNote, who: string): SummaryWarning {
  switch (note.code) {
    case "unknown_content":
      return {
        code: note.code,
        message: `${who} had content under a name that Plimsoll does not know: "${note.member}"; it was counted as content`,
        advice: "if it is no output, its first event ended TTFT too early; please report the name",
      };
    case "no_end_marker":
      return {
        code: note.code,
        message: `${who} ended without the mark that ends a stream ([DONE] or its like); with a finish reason and a clean end they were taken for complete`,
        advice: "see whether a proxy cuts the end off",
      };
    case "no_body_end":
      return {
        code: note.code,
        message: `${who} were complete, but the server did not end the response: Plimsoll closed the connection`,
        advice: "connections cannot be reused then: every request opens a new one",
      };
    case "only_reasoning":
      return {
        code: note.code,
        message: `${who} were reasoning only: the limit ended them before the answer began`,
        advice: "raise maxTokens, or lower the reasoning effort",
      };
  }
}
