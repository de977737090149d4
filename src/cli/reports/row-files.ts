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
import type { RunLine } from "../../core/records.ts";
import type { Rows } from "../../report/export/csv.ts";
import { reporters, type Reporter, type ReporterName } from "../../report/reporters.ts";

export interface RowFiles {
  /** The same lines; each is written on its way. */
  alongside(lines: AsyncIterable<RunLine>): AsyncIterable<RunLine>;
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
    alongside: (lines) => (files.length === 0 ? lines : passing(lines, files)),
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

async function* passing(
  lines: AsyncIterable<RunLine>,
  files: readonly RowFile[],
): AsyncGenerator<RunLine> {
  for await (const line of lines) {
    for (const { rows, stream, written } of files) {
      const text = rows.add(line);
      if (text !== undefined && !stream.write(text))
        await Promise.race([once(stream, "drain"), written]);
    }
    yield line;
  }
}
