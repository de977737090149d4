/** Why an owned server did not start, in words that help. */
import { targetError, type PlimsollError } from "../core/errors.ts";
import type { GuardedCommand, ProcessExit } from "./guarded-process.ts";
import { recordableCommand } from "./launch-line.ts";

interface Cause {
  readonly pattern: RegExp;
  readonly summary: string;
  readonly hint: string;
}

const BAD_MODEL =
  "Check that the file is a complete GGUF model (a broken download is the usual cause); `--model synth:tiny` needs no download.";
const NOT_EXECUTABLE =
  "Check the path and `chmod +x` it, or get a server with `plimsoll server build`.";
const OUT_OF_MEMORY =
  "Lower --parallel or --ctx, take a smaller model or quantization, or free memory on this machine.";

/** In the order in which they are looked for: the first that matches is the cause. */
const CAUSES: readonly Cause[] = [
  {
    pattern: /error while loading shared libraries|Library not loaded|cannot open shared object/,
    summary: "a shared library is missing",
    hint: "The binary is not complete on this machine: install what is missing, or make one that fits with `plimsoll server build`.",
  },
  {
    pattern: /couldn't bind|address already in use|EADDRINUSE/i,
    summary: "its port is already in use",
    hint: "Leave --port out, so that a free one is chosen, or end the program that uses it.",
  },
  {
    pattern: /invalid argument: |unknown argument|error while handling argument/,
    summary: "it does not know an argument, or not the argument's value",
    hint: "Check the --server-arg values against `llama-server --help` of this binary.",
  },
  {
    pattern:
      /out of memory|failed to allocate|bad_alloc|cannot allocate memory|unable to allocate|failed to create context/i,
    summary: "there is not enough memory",
    hint: OUT_OF_MEMORY,
  },
  {
    pattern: /invalid magic|is not a GGUF/,
    summary: "the model is not a GGUF file",
    hint: BAD_MODEL,
  },
  {
    pattern: /not within the file bounds|failed to read|unexpectedly reached end of file/,
    summary: "the model file is cut short",
    hint: BAD_MODEL,
  },
  {
    pattern: /failed to load model|error loading model/,
    summary: "the model could not be loaded",
    hint: BAD_MODEL,
  },
  {
    pattern: /Cannot find (package|module) '?node-llama-cpp/,
    summary: "the optional package node-llama-cpp is not installed",
    hint: "Install it with `npm install node-llama-cpp`, or use --target llama-server or a URL.",
  },
];

const FAULTY_BUILD =
  "It was built for another machine, or by a faulty compiler: make one for this machine with `plimsoll server build`.";

/** What a signal means where the log says nothing. */
const SIGNAL_CAUSES: Readonly<Record<string, Pick<Cause, "summary" | "hint">>> = {
  SIGILL: {
    summary: "it uses instructions that this processor refuses (SIGILL)",
    hint: FAULTY_BUILD,
  },
  SIGSEGV: { summary: "it crashed (SIGSEGV)", hint: FAULTY_BUILD },
  SIGKILL: { summary: "it was killed, most likely for want of memory", hint: OUT_OF_MEMORY },
};

/** The error (exit code 6) for a server that ended before it was ready. */
export function startFailure(
  { name, command }: { readonly name: string; readonly command: GuardedCommand },
  exit: ProcessExit,
  logTail: string,
): PlimsollError {
  const cause = causeOf(exit, logTail);
  const message =
    cause === undefined
      ? `${describeExit(name, exit)} before it was ready`
      : `${name} did not start: ${cause.summary}`;
  const byHand = `Run it by hand to see more: ${recordableCommand(command).join(" ")}`;
  return targetError(withLog(message, logTail), cause?.hint ?? byHand);
}

/** The error (exit code 6) for a server that runs, but is not ready in time. */
export function neverReady(name: string, timeout: number, logTail: string): PlimsollError {
  return targetError(
    withLog(`${name} was not ready after ${timeout / 1000} s`, logTail),
    "A large model may need longer: raise --ready-timeout. Else the log above says what it waits for.",
  );
}

/** One sentence: `llama-server was killed by SIGSEGV`. */
export function describeExit(name: string, exit: ProcessExit): string {
  if (exit.failure !== undefined) return `${name} could not be run (${exit.failure})`;
  if (exit.signal !== undefined) return `${name} was killed by ${exit.signal}`;
  return exit.code === undefined ? `${name} ended` : `${name} ended with exit code ${exit.code}`;
}

function causeOf(exit: ProcessExit, logTail: string): Pick<Cause, "summary" | "hint"> | undefined {
  if (exit.failure !== undefined)
    return { summary: failureSummary(exit.failure), hint: NOT_EXECUTABLE };
  return (
    CAUSES.find(({ pattern }) => pattern.test(logTail)) ?? SIGNAL_CAUSES[exit.signal ?? "none"]
  );
}

function failureSummary(failure: string): string {
  const known: Readonly<Record<string, string>> = {
    ENOENT: "the binary does not exist",
    EACCES: "the binary is not executable",
    ENOEXEC: "the binary is not a program of this machine",
  };
  return known[failure] ?? `the binary could not be run (${failure})`;
}

function withLog(message: string, logTail: string): string {
  return logTail === "" ? message : `${message}. Its last words:\n${indent(logTail)}`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
