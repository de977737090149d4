/**
 * The files with a row a request or a sample, written while the run is read to be judged: a long
 * run is gigabytes, and reading it once is most of the work.
 */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { RunLine } from "../../core/records.ts";
import { reporters, type Reporter, type ReporterName } from "../../report/reporters.ts";

export interface RowFiles {
  /** The same lines; each is written on its way. */
  alongside(lines: AsyncIterable<RunLine>): AsyncIterable<RunLine>;
  /** After the last line: the files are there, whole, under their names. */
  finish(): Promise<void>;
}

interface RowFile {
  readonly path: string;
  readonly rows: Transform;
  readonly written: Promise<void>;
}

export function openRowFiles(formats: readonly ReporterName[], directory: string): RowFiles {
  const files = formats.flatMap((format) => {
    const reporter: Reporter = reporters[format];
    if (reporter.kind !== "rows") return [];
    return Object.entries(reporter.files).map(([file, transform]) =>
      openRowFile(join(directory, file), transform()),
    );
  });
  return {
    alongside: (lines) => (files.length === 0 ? lines : passing(lines, files)),
    finish: async () => {
      for (const { rows } of files) rows.end();
      for (const { path, written } of files) {
        await written;
        await rename(`${path}.part`, path);
      }
    },
  };
}

function openRowFile(path: string, rows: Transform): RowFile {
  const written = pipeline(rows, createWriteStream(`${path}.part`));
  // Told by finish(), or by the next write; until then it must not count as unhandled.
  written.catch(() => undefined);
  return { path, rows, written };
}

async function* passing(
  lines: AsyncIterable<RunLine>,
  files: readonly RowFile[],
): AsyncGenerator<RunLine> {
  for await (const line of lines) {
    for (const { rows, written } of files)
      if (!rows.write(line)) await Promise.race([once(rows, "drain"), written]);
    yield line;
  }
}
