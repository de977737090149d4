/**
 * A program that goes on writing: lines, or documents with a separator between them. It is one
 * process for the whole run; when it dies it is started again, but not for ever.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import type { Clock } from "../../core/clock.ts";
import { endedHow, lastLine, whyNotStarted, type Command, type Env } from "./run-once.ts";

export interface PartStreamOptions {
  readonly command: Command;
  readonly env: Env;
  readonly clock: Clock;
  readonly separator: string;
  /** A whole part, and when its last byte was there, ms. */
  readonly onPart: (text: string, at: number) => void;
  /** The program has ended; it may be started again. */
  readonly onEnd?: () => void;
  /** Silence longer than this is a hang, ms. */
  readonly patience: number;
  /** How often it is started again, and after how long, ms. */
  readonly restarts?: number;
  readonly pause?: number;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** A part longer than this is none, characters. */
const LONGEST = 2 ** 20;
const RESTARTS = 3;
const PAUSE = 1000;

export class PartStream {
  readonly #options: PartStreamOptions;
  #child: Child | undefined;
  #again: NodeJS.Timeout | undefined;
  #rest = "";
  #errors = "";
  #starts = 0;
  #heard: number;
  #ended: string | undefined;
  #lastEnd: string | undefined;
  #isClosed = false;

  /** Starts at once. */
  constructor(options: PartStreamOptions) {
    this.#options = options;
    this.#heard = options.clock.now();
    this.#start();
  }

  /** Why nothing comes; undefined while all is well. */
  get trouble(): string | undefined {
    const { command, clock, patience } = this.#options;
    if (this.#ended !== undefined) return this.#ended;
    const silent = clock.now() - this.#heard;
    if (silent <= patience) return undefined;
    return `${command.program}: silent for ${(silent / 1000).toFixed(1)} s`;
  }

  /** How the program ended the last time, also when it was started again since. */
  get lastEnd(): string | undefined {
    return this.#lastEnd;
  }

  /** Kills the program; it is not started again. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#again);
    this.#child?.kill("SIGTERM");
    this.#child?.stdout.destroy();
    this.#child?.stderr.destroy();
    this.#child?.unref();
  }

  #start(): void {
    const { command, env } = this.#options;
    const { program, parameters } = command;
    this.#starts += 1;
    this.#rest = "";
    this.#errors = "";
    const child = spawn(program, [...parameters], { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    let isOver = false;
    const over = (how: string): void => {
      if (isOver) return;
      isOver = true;
      this.#died(`${program}: ${how}`);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#take(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-1000);
    });
    child.on("error", (error) => {
      over(whyNotStarted(error));
    });
    child.on("close", (code, signal) => {
      over(`${endedHow(code, signal)}${lastLine(this.#errors)}`);
    });
  }

  #take(text: string): void {
    const { clock, separator, onPart } = this.#options;
    const at = clock.now();
    const parts = (this.#rest + text).split(separator);
    this.#rest = parts.pop() ?? "";
    if (this.#rest.length > LONGEST) this.#rest = "";
    if (parts.length > 0) this.#heard = at;
    for (const part of parts) onPart(part, at);
  }

  #died(how: string): void {
    if (this.#isClosed) return;
    const { restarts = RESTARTS, pause = PAUSE, onEnd } = this.#options;
    this.#lastEnd = how;
    onEnd?.();
    if (this.#starts > restarts) {
      this.#ended = `${how} (started ${String(this.#starts)} times)`;
      return;
    }
    this.#again = setTimeout(() => {
      this.#start();
    }, pause);
  }
}
