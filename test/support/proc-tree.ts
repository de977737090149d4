/** A file system with a /proc of the test's own. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { scratchFolder } from "./scratch.ts";

export interface ProcTree {
  readonly root: string;
  /** Writes in place, so that files that are kept open show it. */
  write(path: string, content: string | Buffer): void;
  link(path: string, to: string): void;
  remove(path: string): void;
  /** One process: its `stat`, with everything a test does not care about filled in. */
  process(pid: number, facts: ProcessFacts): void;
}

export interface ProcessFacts {
  readonly parent?: number;
  readonly name?: string;
  /** Ticks in user and system mode; those of children that have ended. */
  readonly ticks?: readonly [number, number];
  readonly ended?: readonly [number, number];
  readonly threads?: number;
  readonly started?: number;
  readonly pages?: number;
}

export function procTree(): ProcTree {
  const root = scratchFolder("proc");
  const write: ProcTree["write"] = (path, content) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  return {
    root,
    write,
    link: (path, to) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync(to, join(root, path));
    },
    remove: (path) => {
      rmSync(join(root, path), { recursive: true, force: true });
    },
    process: (pid, facts) => {
      write(`proc/${pid}/stat`, statLine(pid, facts));
    },
  };
}

/** `/proc/<pid>/stat`: 52 fields. */
export function statLine(pid: number, facts: ProcessFacts = {}): string {
  const { parent = 1, name = "server", ticks = [0, 0], ended = [0, 0] } = facts;
  const fields: (number | string)[] = Array.from({ length: 52 }, () => 0);
  fields[0] = pid;
  fields[1] = `(${name})`;
  fields[2] = "S";
  fields[3] = parent;
  [fields[13], fields[14]] = ticks;
  [fields[15], fields[16]] = ended;
  fields[19] = facts.threads ?? 1;
  fields[21] = facts.started ?? 100;
  fields[23] = facts.pages ?? 1000;
  return `${fields.join(" ")}\n`;
}

/** The auxiliary vector of a machine with pages of 16 KiB and 250 ticks a second. */
export function auxiliaryVector(): Buffer {
  const pairs = [
    [6n, 16_384n],
    [17n, 250n],
    [0n, 0n],
  ] as const;
  const vector = Buffer.alloc(pairs.length * 16);
  for (const [i, [key, value]] of pairs.entries()) {
    vector.writeBigUInt64LE(key, i * 16);
    vector.writeBigUInt64LE(value, i * 16 + 8);
  }
  return vector;
}
