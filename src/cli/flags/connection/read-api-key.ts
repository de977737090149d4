/** The API key from a file, which unlike a flag is in nobody's history or list of processes. */
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
  const key = read(resolve(cwd, path), place).trim();
  if (key === "") throw usageError(`${place}: the file is empty`);
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw usageError(
    `${place}: the file holds more than a key`,
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
