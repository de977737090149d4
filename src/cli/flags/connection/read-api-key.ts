/** The API key from where it is in nobody's history or list of processes, unlike in a flag. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf, usageError } from "../../../core/errors.ts";

/**
 * The file's only line.
 *
 * @throws usage error when it cannot be read, is empty, or has more than a key in it
 */
export function readApiKey(path: string, cwd: string): string {
  const place = `--api-key-file ${path}`;
  const text = read(resolve(cwd, path), place);
  if (text.trim() === "") throw usageError(`${place}: the file is empty`);
  return keyIn(text, `${place}: the file`);
}

/**
 * The variable's only line. Around it white space is left out, as in a file: `$(cat key.txt)` of a
 * file from Windows ends in a carriage return.
 *
 * @throws usage error when it is not set, is empty, or has more than a key in it
 */
export function envApiKey(name: string, env: Readonly<Record<string, string | undefined>>): string {
  const text = env[name] ?? "";
  const place = `--api-key-env: the environment variable ${name}`;
  if (text.trim() !== "") return keyIn(text, place);
  throw usageError(
    `${place} is ${env[name] === undefined ? "not set" : "empty"}`,
    `Set it for this command: ${name}=... plimsoll run ...`,
  );
}

function keyIn(text: string, place: string): string {
  const key = text.trim();
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw usageError(
    `${place} holds more than a key`,
    "It must have one line, without spaces: the key and nothing else.",
  );
}

function read(path: string, place: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = messageOf(error).split(",")[0] ?? "";
    throw usageError(`${place}: the file cannot be read: ${why}`, undefined, error);
  }
}
