/** From flags to the server that is measured, checked before anything starts. */
import { join } from "node:path";
import { availableParallelism } from "node:os";
import { usageError } from "../../core/errors.ts";
import { removeSecrets } from "../../core/secrets.ts";
import { isModelSpec } from "../../reference-server/model/preset.ts";
import { cachedModel } from "../../reference-server/model/cache.ts";
import { inspectGguf } from "../../reference-server/model/inspect.ts";
import { present } from "../../core/present.ts";
import { findLlamaServer, type ServerSearch } from "../../target/find-llama-server.ts";
import type { OwnedSpec } from "../../target/spec.ts";
import { envApiKey, readApiKey } from "./connection/read-api-key.ts";
import type { Flags } from "./flags.ts";
import { packageFolder } from "../../session/places.ts";
import type { TargetChoice } from "../../session/run/target-choice.ts";
import type { World } from "../world.ts";
import { chooseHeaders } from "./connection/choose-headers.ts";
import { chooseConnection, refuseConnectionFlags, wayOf } from "./connection/choose-connection.ts";

const DEFAULT_PARALLEL = 4;
const DEFAULT_CONTEXT = 2048;
/** What is asked of a server behind a unix socket, where nothing else is said. */
const LOCAL = "http://localhost";

/**
 * What the flags ask for, checked before anything starts: the binary is there, the model is one.
 *
 * @throws usage errors
 */
export async function chooseTarget(
  flags: Flags,
  world: World,
  onProgress: (text: string) => void,
): Promise<TargetChoice> {
  const target = flags.text("target") ?? (flags.on("unix-socket") ? LOCAL : "embedded");
  const apiKey = apiKeyOf(flags, world);
  world.secrets.keep(apiKey);
  if (target !== "embedded" && target !== "llama-server") {
    return runningServer(target, apiKey, flags, world);
  }
  refuseConnectionFlags(flags, target);
  if (target === "embedded") {
    requireEmbedded(world);
    refuseFlags(flags, ["server-bin", "server-arg"], "is for llama-server", target);
    const spec = { kind: target, ...(await ownedSpec(flags, world, onProgress)) } as const;
    return { spec, notes: [] };
  }
  const { path: binary } = findLlamaServer(serverSearch(flags, world));
  const owned = await ownedSpec(flags, world, onProgress);
  const serverArgs = flags.all("server-arg");
  return { spec: { kind: target, binary, serverArgs, ...owned }, notes: [] };
}

function runningServer(
  target: string,
  apiKey: string | undefined,
  flags: Flags,
  world: World,
): TargetChoice {
  if (!/^https?:\/\//i.test(target)) {
    throw usageError(
      `--target: "${target}" is neither embedded, llama-server, nor a URL`,
      "A running server is given by its URL: --target http://127.0.0.1:8080",
    );
  }
  if (!URL.canParse(target)) {
    throw usageError(`--target: not a URL: ${removeSecrets(target)}`, `For example ${LOCAL}:8080`);
  }
  refuseStartFlags(flags, "the URL of a running server");
  const { connection, notes, secrets } = chooseConnection(flags, new URL(target), world);
  for (const secret of secrets) world.secrets.keep(secret);
  for (const { message } of notes) world.stderr.write(`WARNING  ${message}\n`);
  const headers = chooseHeaders(flags, apiKey, world);
  const how = { connection, ...present({ via: wayOf(connection) }) };
  return {
    spec: { kind: "remote", url: target, headers, ...how },
    notes,
  };
}

function refuseStartFlags(flags: Flags, target: string): void {
  const names = ["parallel", "ctx", "threads", "server-bin", "server-arg"];
  refuseFlags(flags, names, "is for a server that we start", target);
}

/** What cannot apply is refused: a run that passes over it would measure something else. */
function refuseFlags(
  flags: Flags,
  names: readonly string[],
  forWhat: string,
  target: string,
): void {
  const given = names.find((name) => flags.on(name));
  if (given === undefined) return;
  throw usageError(
    `--${given} ${forWhat}, and --target is ${target}`,
    "Leave it out, or set it where that server is started.",
  );
}

/** Where a real llama-server is looked for. */
export function serverSearch(flags: Flags, { env, cacheDir }: World): ServerSearch {
  return present({
    explicit: flags.text("server-bin"),
    variable: env["LLAMA_SERVER_BIN"],
    path: env["PATH"],
    cacheDir,
  });
}

async function ownedSpec(
  flags: Flags,
  world: World,
  onProgress: (text: string) => void,
): Promise<OwnedSpec> {
  const model = await modelFile(flags.text("model") ?? "synth:tiny", world, onProgress);
  const apiKey = apiKeyOf(flags, world);
  return {
    model,
    parallel: flags.integer("parallel", 1) ?? DEFAULT_PARALLEL,
    ctxPerSlot: flags.integer("ctx", 1) ?? DEFAULT_CONTEXT,
    // Leave a core to the load generator: a server that takes all of them measures our starvation.
    threads: flags.integer("threads", 1) ?? Math.max(1, availableParallelism() - 1),
    ...(apiKey !== undefined && { apiKey }),
  };
}

async function modelFile(
  model: string,
  world: World,
  onProgress: (text: string) => void,
): Promise<string> {
  if (isModelSpec(model)) {
    const writing = (written: number, total: number): void => {
      onProgress(`writing ${model}: ${Math.floor((10 * written) / total)}0 %`);
    };
    return cachedModel(model, join(world.cacheDir, "models"), { onProgress: writing });
  }
  if (model.startsWith("hf:")) {
    throw usageError(
      `--model ${model}: downloading models is not part of Plimsoll yet`,
      "Download the GGUF file and give its path, or use synth:NAME, which costs the server the same.",
    );
  }
  await inspectGguf(model);
  return model;
}

function apiKeyOf(flags: Flags, world: World): string | undefined {
  const name = flags.text("api-key-env");
  const file = flags.text("api-key-file");
  if (file !== undefined && name !== undefined) {
    throw usageError("--api-key-env and --api-key-file are two places for one key: give one");
  }
  if (file !== undefined) return readApiKey(file, world.cwd);
  if (name === undefined) return undefined;
  return envApiKey(name, world.env);
}

/** The embedded server is an optional part: a remote-only client does without. */
function requireEmbedded(world: World): void {
  if (packageFolder("node-llama-cpp", world) !== undefined) return;
  throw usageError(
    "--target embedded needs node-llama-cpp, which is not installed",
    "Install it with `npm install node-llama-cpp`, or measure a running server: --target URL.",
  );
}
