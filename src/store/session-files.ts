/**
 * Where a session of many runs (a search for the capacity, a sweep) is kept: one JSON file in a
 * folder of its own, written anew after every run, so that it can be gone on with.
 */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fewAtOnce } from "./few-at-once.ts";
import { writeJsonAtomically } from "./write-file.ts";

export interface SessionDocument {
  readonly schema: string;
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly outcome: { readonly end: string };
}

/** What a kind of session is known by: a word in its folder's name, its file, the schema in it. */
export interface SessionKind<Document extends SessionDocument> {
  readonly word: string;
  readonly file: string;
  readonly schema: Document["schema"];
  /** Ends after which it can be gone on with. */
  readonly unfinished: readonly string[];
}

export async function writeSession<Document extends SessionDocument>(
  out: string,
  { file }: SessionKind<Document>,
  document: Document,
): Promise<void> {
  await writeJsonAtomically(join(out, document.id, file), document);
}

/** Undefined when there is none, or of another schema. */
export async function readSession<Document extends SessionDocument>(
  directory: string,
  { file, schema }: SessionKind<Document>,
): Promise<Document | undefined> {
  try {
    const value = JSON.parse(await readFile(join(directory, file), "utf8")) as SessionDocument;
    return value.schema === schema ? (value as Document) : undefined;
  } catch {
    return undefined; // none of this kind, or one whose file was damaged from outside
  }
}

/** The newest of a kind that did not come to its end, and is of the same. */
export async function findUnfinished<Document extends SessionDocument>(
  out: string,
  kind: SessionKind<Document>,
  same: (document: Document) => boolean,
): Promise<Document | undefined> {
  const entries = await readdir(out).catch(() => []);
  const names = entries.filter((name) => name.includes(kind.word));
  const kept = await fewAtOnce(names, (name) => readSession(join(out, name), kind));
  return kept
    .filter((document) => document !== undefined)
    .filter((document) => kind.unfinished.includes(document.outcome.end) && same(document))
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))[0];
}
