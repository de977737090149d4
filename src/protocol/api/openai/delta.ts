/**
 * The content of a chunk's choice, however a server spells it: a text or a list of parts, reasoning
 * under any of its names, refusals, calls. A member that is not known and not empty is content too,
 * and is noted: output must not become "empty", or late, because of its spelling.
 */
import { addReasoning, addText, type Answer, type Content } from "../../adapter.ts";
import { asArray, asObject, asText, type JsonObject } from "../../json.ts";

/** Members that say something about the content, and repeat or replace none of it. */
const NOT_CONTENT = new Set([
  ...["role", "name", "id", "type", "status", "channel", "recipient", "logprobs", "token_ids"],
  ...["prompt_token_ids", "hidden_states", "annotations", "citations", "obfuscation", "signature"],
  ...["provider_specific_fields", "thinking_blocks", "content_filter_results"],
]);

/** Parts that carry no text of their own. */
const NOT_CONTENT_PARTS = new Set(["reference", "citation", "signature", "reasoning.encrypted"]);

/** Where parts, and reasoning that is an object, have their text. */
const TEXT_MEMBERS = ["text", "thinking", "reasoning", "refusal", "content", "summary"] as const;

type ReadMember = (value: unknown, answer: Answer) => Content | undefined;

const MEMBERS: Readonly<Record<string, ReadMember | undefined>> = {
  content: readContent,
  refusal: (value, answer) => addText(answer, textOf(value)),
  audio: readAudio,
  tool_calls: (value) => (asArray(value).every(isEmptyCall) ? undefined : "tool"),
  function_call: () => "tool",
};

/** Its names, the usual one first: several of them say the same. */
const REASONING = ["reasoning_content", "reasoning", "thinking", "reasoning_details"] as const;
const IS_REASONING: ReadonlySet<string> = new Set(REASONING);

/** A choice of chats or completions; `isFirst`: no content came before it. */
export function readChoice(
  choice: JsonObject,
  answer: Answer,
  isFirst: boolean,
): Content | undefined {
  const text = addText(answer, asText(choice["text"]));
  // A whole message after the deltas of a stream repeats them.
  const delta = asObject(choice["delta"]) ?? (isFirst ? asObject(choice["message"]) : undefined);
  return delta === undefined ? text : strongest(text, readDelta(delta, answer));
}

export function readDelta(delta: JsonObject, answer: Answer): Content | undefined {
  let found: Content | undefined;
  let reasons = false;
  for (const name of Object.keys(delta)) {
    const value = delta[name];
    if (isEmpty(value)) continue;
    if (IS_REASONING.has(name)) reasons = true;
    else found = strongest(found, readMember(name, value, answer));
  }
  return reasons ? strongest(found, readReasoning(delta, answer)) : found;
}

function readMember(name: string, value: unknown, answer: Answer): Content | undefined {
  if (Object.hasOwn(MEMBERS, name)) return MEMBERS[name]?.(value, answer);
  return NOT_CONTENT.has(name) ? undefined : noteUnknown(answer, name);
}

function readReasoning(delta: JsonObject, answer: Answer): Content | undefined {
  for (const name of REASONING) {
    const text = textOf(delta[name]);
    if (text === "") continue;
    if (asArray(delta[name]).some(isSummary)) answer.summarized = true;
    return addReasoning(answer, text);
  }
  return undefined;
}

function isSummary(part: unknown): boolean {
  return asObject(part)?.["type"] === "reasoning.summary";
}

function readContent(value: unknown, answer: Answer): Content | undefined {
  if (typeof value === "string") return addText(answer, value);
  const parts = Array.isArray(value) ? (value as unknown[]) : [value];
  return parts.reduce<Content | undefined>(
    (found, part) => strongest(found, readPart(part, answer)),
    undefined,
  );
}

function readPart(part: unknown, answer: Answer): Content | undefined {
  if (typeof part === "string") return addText(answer, part);
  const { type, ...rest } = asObject(part) ?? {};
  const kind = asText(type);
  if (NOT_CONTENT_PARTS.has(kind)) return undefined;
  const text = textOf(rest);
  if (text === "")
    return isEmpty(rest) ? undefined : noteUnknown(answer, `content of type ${kind}`);
  return /think|reason/.test(kind) ? addReasoning(answer, text) : addText(answer, text);
}

function readAudio(value: unknown, answer: Answer): Content | undefined {
  const { transcript, data } = asObject(value) ?? {};
  return addText(answer, asText(transcript)) ?? (isEmpty(data) ? undefined : "answer");
}

/** The text of a part, of parts in a part, or of a list of them. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(textOf).join("");
  const object = asObject(value);
  if (object === undefined) return "";
  return TEXT_MEMBERS.reduce((found, name) => (found === "" ? textOf(object[name]) : found), "");
}

/** A type alone is no call yet. */
function isEmptyCall(call: unknown): boolean {
  return isEmpty({ ...asObject(call), type: undefined });
}

/** Nothing that could be content: numbers and flags say something about it. */
export function isEmpty(value: unknown): boolean {
  if (typeof value === "string") return value === "";
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every(isEmpty);
}

const LONGEST_NAME = 60;
const MOST_NOTES = 8;

/** Counts what is not known as content; each name is noted once. */
export function noteUnknown(answer: Answer, name: string): Content {
  const member = name.slice(0, LONGEST_NAME);
  const known = answer.notes.some(
    (note) => note.code === "unknown_content" && note.member === member,
  );
  if (!known && answer.notes.length < MOST_NOTES) {
    answer.notes.push({ code: "unknown_content", member });
  }
  return "other";
}

const RANKS: readonly (Content | undefined)[] = [undefined, "other", "tool", "reasoning", "answer"];

function strongest(one: Content | undefined, other: Content | undefined): Content | undefined {
  return RANKS.indexOf(one) >= RANKS.indexOf(other) ? one : other;
}
