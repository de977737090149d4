/** Starts a server that we own, and waits until it is ready. */
import { statSync } from "node:fs";
import { messageOf, targetError, usageError } from "../core/errors.ts";
import type { TargetIdentity } from "../core/records.ts";
import { startGuarded, type GuardedCommand, type GuardedProcess } from "./guarded-process.ts";
import { identify, type ServerFacts } from "./identify.ts";
import { embeddedCommand, llamaServerCommand, recordableCommand } from "./launch-line.ts";
import { openProbe } from "./probe.ts";
import { followLog, type ServerLog } from "./server-log.ts";
import type {
  EmbeddedSpec,
  LlamaServerSpec,
  OwnedSpec,
  RunningTarget,
  ServerExit,
  TargetWorld,
} from "./spec.ts";
import { describeExit, neverReady, startFailure } from "./start-failure.ts";

/** How often we look whether the server is ready, ms. */
const POLL = 20;

/** llama-server prints it when the model is loaded; some releases end the line with more words. */
const LISTENING = /listening on (https?:\/\/[^\s/]+)/;

/** A server being started: the process, its log, and until when we wait (ms since the origin). */
interface Start {
  readonly name: string;
  readonly command: GuardedCommand;
  readonly process: GuardedProcess;
  readonly log: ServerLog;
  readonly world: TargetWorld;
  readonly deadline: number;
}

interface Ready {
  readonly baseUrl: string;
  readonly facts: ServerFacts;
}

/**
 * Starts a server and waits until `/health` says ready.
 *
 * @throws usageError when the model file is missing; targetError, with the end of the server's log,
 *   when it ends early or is not ready in time; the reason of `world.signal` when that aborts
 */
export async function startOwned(
  spec: EmbeddedSpec | LlamaServerSpec,
  world: TargetWorld,
): Promise<RunningTarget> {
  world.signal.throwIfAborted();
  const modelFile = { path: spec.model, bytes: sizeOfModel(spec.model) };
  const command =
    spec.kind === "embedded" ? embeddedCommand(spec, world) : await llamaServerCommand(spec, world);
  const startedAt = world.clock.now();
  const start = startProcess(spec, command, world);
  try {
    const { baseUrl, facts } = await untilReady(start, spec);
    const pid = start.process.pid();
    return running(start, spec, {
      kind: spec.kind,
      url: baseUrl,
      ...facts,
      command: recordableCommand(command),
      ...(pid === undefined ? {} : { pid }),
      modelFile,
      readyMs: world.clock.now() - startedAt,
    });
  } catch (error) {
    await start.process.stop();
    world.signal.throwIfAborted();
    throw error;
  }
}

function startProcess(spec: OwnedSpec, command: GuardedCommand, world: TargetWorld): Start {
  const name = "binary" in spec ? "llama-server" : "the embedded server";
  world.onProgress?.(`starting ${name}`);
  return {
    name,
    command,
    log: followLog(world.logFile, spec.apiKey === undefined ? [] : [spec.apiKey]),
    process: startGuarded(command, world.launcher),
    world,
    deadline: world.clock.now() + world.readyTimeout,
  };
}

function sizeOfModel(file: string): number {
  try {
    return statSync(file).size;
  } catch (error) {
    throw usageError(
      `the model file ${file} cannot be read: ${messageOf(error)}`,
      "Pass the path of a GGUF file as --model, or `--model synth:tiny`, which is made on the spot.",
    );
  }
}

async function untilReady(start: Start, spec: OwnedSpec): Promise<Ready> {
  const baseUrl = await untilDefined(start, () =>
    start.log
      .newLines()
      .map((line) => LISTENING.exec(line)?.[1])
      .find((url) => url !== undefined),
  );
  const probe = openProbe({ baseUrl, headers: authorization(spec) });
  const { signal } = start.world;
  await untilDefined(start, async () =>
    (await answered(probe.get("/health", signal)))?.status === 200 ? true : undefined,
  );
  const facts = await untilDefined(start, () => answered(identify(probe, signal)));
  if (typeof facts === "object") return { baseUrl, facts };
  throw targetError(
    `${start.name} refused our key with HTTP ${facts}`,
    "Give the key with --api-key-env NAME rather than in --server-arg: both sides then use it.",
  );
}

/** Asks again every 20 ms, until there is an answer, the server has ended, or time is up. */
async function untilDefined<Result>(
  start: Start,
  attempt: () => Result | undefined | Promise<Result | undefined>,
): Promise<Result> {
  const { clock, signal, readyTimeout } = start.world;
  for (;;) {
    signal.throwIfAborted();
    const exit = start.process.ended();
    if (exit !== undefined) throw startFailure(start, exit, start.log.tail());
    const result = await attempt();
    if (result !== undefined) return result;
    if (clock.now() > start.deadline) throw neverReady(start.name, readyTimeout, start.log.tail());
    await clock.sleepUntil(clock.now() + POLL, signal);
  }
}

/** Undefined when the network failed: the server is not there yet, or not any more. */
async function answered<Result>(question: Promise<Result>): Promise<Result | undefined> {
  try {
    return await question;
  } catch {
    return undefined;
  }
}

function running(
  start: Start,
  spec: EmbeddedSpec | LlamaServerSpec,
  identity: TargetIdentity,
): RunningTarget {
  let stopping = false;
  const exited = start.process.exited.then((exit): ServerExit => {
    const { code, signal } = exit;
    return {
      ...(code === undefined ? {} : { code }),
      ...(signal === undefined ? {} : { signal }),
      expected: stopping,
      message: describeExit(start.name, exit),
      logTail: start.log.tail(),
    };
  });
  return {
    identity,
    baseUrl: identity.url,
    headers: authorization(spec),
    warnings: differences(spec, identity),
    owned: true,
    exited,
    logTail: () => start.log.tail(),
    stop: async () => {
      stopping = true;
      await start.process.stop();
    },
  };
}

function authorization(spec: OwnedSpec): Readonly<Record<string, string>> {
  return spec.apiKey === undefined ? {} : { authorization: `Bearer ${spec.apiKey}` };
}

/** Slots and context decide what is measured, so the server's own word is compared with ours. */
function differences(spec: OwnedSpec, identity: TargetIdentity): readonly string[] {
  const { slots, contextTokens } = identity;
  const found: string[] = [];
  if (slots !== undefined && slots !== spec.parallel)
    found.push(`asked for ${spec.parallel} slots, the server has ${slots}`);
  if (contextTokens !== undefined && contextTokens !== spec.ctxPerSlot)
    found.push(
      `asked for ${spec.ctxPerSlot} context tokens per slot, the server gives ${contextTokens}`,
    );
  return found;
}
