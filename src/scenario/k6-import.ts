/** A k6 script that was taken for a scenario: which of its imports is k6's, and what to change. */
import { readFileSync } from "node:fs";
import { messageOf, usageError, type PlimsollError } from "../core/errors.ts";

/** k6's own modules, and the libraries that it loads over the network. */
const K6_MODULE = /Cannot find (?:module|package) '(k6(?:\/[^']+)?|https?:\/\/[^']+)'/;

const CHANGES = `Its options, thresholds, checks, setup and teardown carry over; its requests do not. Change three lines:
  import http from "k6/http";           becomes  import { chat } from "plimsoll";
  export default function () {          becomes  export default async ({ llm, check, sleep }) => {
  const res = http.post(url, payload);  becomes  const reply = await llm(chat({ prompt: "Hello", maxTokens: 64 }));
check and sleep are handed in rather than imported (await sleep(1)), and the server is --target's.`;

/** The error for a script that imports what only k6 has; undefined when that is not what failed. */
export function k6ImportError(file: string, thrown: unknown): PlimsollError | undefined {
  const module = K6_MODULE.exec(messageOf(thrown))?.[1];
  if (module === undefined) return undefined;
  const line = lineOfImport(readFileSync(file, "utf8"), module);
  const place = line === undefined ? file : `${file}:${line}`;
  return usageError(`${place}: imports "${module}", which only k6 has`, CHANGES, thrown);
}

function lineOfImport(source: string, module: string): number | undefined {
  const at = source
    .split("\n")
    .findIndex((line) => line.includes(`"${module}"`) || line.includes(`'${module}'`));
  return at < 0 ? undefined : at + 1;
}
