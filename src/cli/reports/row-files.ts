/**
 * The files with a row a request or a sample, written while the run is read to be judged: a long
 * run is gigabytes, and reading it once is most of the work.
 */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { LineReader } from "../../judge/collect/visit.ts";
import type { Rows } from "../../report/export/csv.ts";
import { reporters, type Reporter, type ReporterName } from "../../report/reporters.ts";

export interface RowFiles {
  /** Each takes the lines of its file. */
  readonly readers: readonly LineReader[];
  /** When the disk has taken what was handed to it. */
  ready(): Promise<void>;
  /** After the last line: the files are there, whole, under their names. */
  finish(): Promise<void>;
}

interface RowFile {
  readonly path: string;
  readonly rows: Rows;
  readonly stream: PassThrough;
  readonly written: Promise<void>;
}

export function openRowFiles(formats: readonly ReporterName[], directory: string): RowFiles {
  const files = formats.flatMap((format) => {
    const reporter: Reporter = reporters[format];
    if (reporter.kind !== "rows") return [];
    return Object.entries(reporter.files).map(([file, rows]) =>
      openRowFile(join(directory, file), rows()),
    );
  });
  return {
    readers: files.map(readerOf),
    ready: async () => {
      for (const { stream, written } of files)
        if (stream.writableNeedDrain) await Promise.race([once(stream, "drain"), written]);
    },
    finish: async () => {
      for (const { rows, stream } of files) stream.end(rows.end());
      for (const { path, written } of files) {
        await written;
        await rename(`${path}.part`, path);
      }
    },
  };
}

function openRowFile(path: string, rows: Rows): RowFile {
  const stream = new PassThrough();
  const written = pipeline(stream, createWriteStream(`${path}.part`));
  // Told by finish(), or by the next write; until then it must not count as unhandled.
  written.catch(() => undefined);
  return { path, rows, stream, written };
}

function readerOf({ rows, stream }: RowFile): LineReader {
  return {
    add: (line, view) => {
      const text = rows.add(line, view);
      if (text !== undefined) stream.write(text);
    },
  };
}
