/**
 * The files with a row a request or a sample, written while the run is read to be judged: a long
 * run is gigabytes, and reading it once is most of the work. A file that cannot be written does not
 * stop the others, nor the judging.
 */
import { once } from "node:events";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { LineReader } from "../../judge/collect/visit.ts";
import type { Rows } from "../../report/export/csv.ts";
import { reporters, type Reporter, type ReporterName } from "../../report/reporters.ts";
import { openAtomically, type AtomicFile } from "../../store/write-file.ts";

export interface RowFiles {
  /** Each takes the lines of its file. */
  readonly readers: readonly LineReader[];
  /** When the disk has taken what was handed to it. */
  ready(): Promise<void>;
  /** After the last line, for each file: it is there, whole, under its name. @throws where it is not */
  readonly finish: readonly (() => Promise<void>)[];
  /** The lines could not be read to their end: nothing of the files is left. */
  abandon(): Promise<void>;
}

interface RowFile {
  readonly rows: Rows;
  readonly stream: PassThrough;
  readonly file: AtomicFile;
}

export function openRowFiles(formats: readonly ReporterName[], directory: string): RowFiles {
  const files = formats.flatMap((format) => {
    const reporter: Reporter = reporters[format];
    if (reporter.kind !== "rows") return [];
    return Object.entries(reporter.files).map(([name, rows]) =>
      openRowFile(join(directory, name), rows()),
    );
  });
  return {
    readers: files.map(readerOf),
    ready: async () => {
      for (const { stream, file } of files)
        if (!file.failed && stream.writableNeedDrain) await drained(stream);
    },
    finish: files.map(({ rows, stream, file }) => () => {
      if (!file.failed) stream.end(rows.end());
      return file.finish();
    }),
    abandon: async () => {
      for (const { file } of files) await file.abandon();
    },
  };
}

function openRowFile(path: string, rows: Rows): RowFile {
  const stream = new PassThrough();
  return { rows, stream, file: openAtomically(path, stream) };
}

function readerOf({ rows, stream, file }: RowFile): LineReader {
  return {
    add: (line, view) => {
      const text = file.failed ? undefined : rows.add(line, view);
      if (text !== undefined) stream.write(text);
    },
  };
}

/** Whoever closes it before has a reason that `finish` tells. */
async function drained(stream: PassThrough): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  const either = [once(stream, "drain", { signal }), once(stream, "close", { signal })];
  await Promise.race(either).catch(() => undefined);
  over.abort();
  await Promise.allSettled(either);
}
