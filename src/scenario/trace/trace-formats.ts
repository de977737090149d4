/**
 * The formats that request traces come in, told apart by their first line:
 *
 * - Mooncake JSONL (github.com/kvcache-ai/Mooncake): `timestamp` in ms, `input_length`,
 *   `output_length`, `hash_ids`, one for each block of 512 prompt tokens;
 * - Azure LLM inference CSV (github.com/Azure/AzurePublicDataset, 2023 and 2024): `TIMESTAMP` as
 *   date and time, `ContextTokens`, `GeneratedTokens`;
 * - BurstGPT CSV (github.com/HPMLL/BurstGPT): `Timestamp` in seconds, `Request tokens`,
 *   `Response tokens`, other columns as they come;
 * - ours, JSONL: `at` in ms, `promptTokens`, `outputTokens`, and `hashIds` or `messages` if known.
 *
 * Requests that produced nothing (failures, in BurstGPT) are left out: there is no length to ask for.
 */
import { messageOf, usageError } from "../../core/errors.ts";
import type { ChatMessage } from "../../core/request.ts";
import type { TraceEntry } from "./trace.ts";

/** What one line says; every field is still to be checked. */
interface RawEntry {
  readonly at: unknown;
  readonly promptTokens: unknown;
  readonly outputTokens: unknown;
  readonly hashIds?: unknown;
  readonly messages?: unknown;
}

type ReadLine = (line: string) => RawEntry;

interface TraceFormat {
  readonly name: string;
  /** Whether the first line is of this format, and then how to read the lines after it. */
  readonly recognize: (first: string) => ReadLine | undefined;
  /** Whether the first line names the columns. */
  readonly header: boolean;
}

/** One row a format. */
const formats: readonly TraceFormat[] = [
  {
    name: "Mooncake JSONL",
    header: false,
    recognize: jsonLines("input_length", (line) => ({
      at: line["timestamp"],
      promptTokens: line["input_length"],
      outputTokens: line["output_length"],
      hashIds: line["hash_ids"],
    })),
  },
  {
    name: "Plimsoll JSONL",
    header: false,
    recognize: jsonLines("promptTokens", (line) => ({
      at: line["at"],
      promptTokens: line["promptTokens"],
      outputTokens: line["outputTokens"],
      hashIds: line["hashIds"],
      messages: line["messages"],
    })),
  },
  {
    name: "Azure LLM inference CSV",
    header: true,
    recognize: columns(["TIMESTAMP", "ContextTokens", "GeneratedTokens"], parseTimestamp),
  },
  {
    name: "BurstGPT CSV",
    header: true,
    recognize: columns(["Timestamp", "Request tokens", "Response tokens"], (text) =>
      text === "" ? undefined : Number(text) * 1000,
    ),
  },
];

/**
 * All requests of a trace file's text, in the order of its lines.
 *
 * @param file for the messages
 * @throws usage error with file and line when a line does not fit, or when there is nothing
 */
export function parseTrace(file: string, content: string): readonly TraceEntry[] {
  const lines = content.replace(/^\uFEFF/, "").split(/\r?\n/);
  const first = lines.findIndex((line) => line.trim() !== "");
  if (first < 0) throw emptyTrace(file);
  const { header, read } = recognizeFormat(file, lines[first] ?? "");
  const entries: TraceEntry[] = [];
  for (let at = header ? first + 1 : first; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (line.trim() === "") continue;
    const entry = parseLine(line, read, `${file}:${at + 1}`);
    if (entry.outputTokens > 0) entries.push(entry);
  }
  if (entries.length === 0) throw emptyTrace(file);
  return entries;
}

function emptyTrace(file: string): Error {
  return usageError(`${file}: the trace is empty`, "It has no request that produced a token.");
}

function recognizeFormat(file: string, first: string): { header: boolean; read: ReadLine } {
  for (const { recognize, header } of formats) {
    const read = recognize(first);
    if (read !== undefined) return { header, read };
  }
  const known = formats.map((format) => format.name).join(", ");
  throw usageError(`${file}:1: not a known trace format`, `Known are ${known}.`);
}

function parseLine(line: string, read: ReadLine, place: string): TraceEntry {
  try {
    return checkEntry(read(line));
  } catch (error) {
    throw usageError(`${place}: ${messageOf(error)}`);
  }
}

function checkEntry({ at, promptTokens, outputTokens, hashIds, messages }: RawEntry): TraceEntry {
  return {
    at: expectField("the time", at, isTime),
    promptTokens: expectField("the prompt's tokens", promptTokens, isCount),
    outputTokens: expectField("the output's tokens", outputTokens, isCount),
    ...(hashIds !== undefined && { hashIds: expectField("the hash ids", hashIds, isIds) }),
    ...(messages !== undefined && { messages: expectField("the messages", messages, isChat) }),
  };
}

function expectField<Value>(
  what: string,
  value: unknown,
  fits: (value: unknown) => value is Value,
): Value {
  if (fits(value)) return value;
  throw new Error(`${what}: ${value === undefined ? "missing" : JSON.stringify(value)}`);
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isIds(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isCount);
}

function isChat(value: unknown): value is readonly ChatMessage[] {
  const roles: readonly unknown[] = ["system", "user", "assistant"];
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (message: Partial<ChatMessage> | null) =>
        roles.includes(message?.role) && typeof message?.content === "string",
    )
  );
}

/** Lines that are JSON objects with this key. */
function jsonLines(
  key: string,
  pick: (line: Readonly<Record<string, unknown>>) => RawEntry,
): TraceFormat["recognize"] {
  return (first) => (first.includes(`"${key}"`) ? (line) => pick(parseObject(line)) : undefined);
}

function parseObject(line: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(line);
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new Error("not a JSON object");
}

/** Comma-separated lines with these columns, wherever they stand; none of the formats quotes. */
function columns(
  names: readonly [string, string, string],
  parseTime: (text: string) => number | undefined,
): TraceFormat["recognize"] {
  return (first) => {
    const header = first.split(",").map((cell) => cell.trim());
    const [time, prompt, output] = names.map((name) => header.indexOf(name)) as [
      number,
      number,
      number,
    ];
    if (Math.min(time, prompt, output) < 0) return undefined;
    return (line) => {
      const cells = line.split(",").map((cell) => cell.trim());
      return {
        at: parseTime(cells[time] ?? ""),
        promptTokens: wholeNumber(cells[prompt]),
        outputTokens: wholeNumber(cells[output]),
      };
    };
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** `2023-11-16 18:15:46.6805900` or `2024-05-10 00:00:00.009930+00:00`, in ms since 1970. */
function parseTimestamp(text: string): number | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?(Z|[-+]\d\d:\d\d)?$/.exec(text);
  if (parts === null) return undefined;
  const [, day = "", time = "", fraction = "0", zone = "Z"] = parts;
  return Date.parse(`${day}T${time}${zone}`) + Number(fraction) * 1000;
}
