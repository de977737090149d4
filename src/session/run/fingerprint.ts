/** What a run is measured on, found out once: the part that only this machine can tell. */
import type { Clock } from "../../core/clock.ts";
import type { Fingerprint } from "../../core/fingerprint.ts";
import type { FingerprintLine, TargetLine } from "../../core/records.ts";
import { formatBytes } from "../../core/units.ts";
import { present } from "../../core/present.ts";
import { inspectGguf } from "../../reference-server/model/inspect.ts";
import type { Runtime } from "../runtime.ts";
import { gitState } from "./git-state.ts";
import { machineFacts, type MachineFacts } from "./machine-facts.ts";
import { hashOf, knownHash, QUICK_SIZE } from "./model-hash.ts";
import type { RunRequest } from "./run-request.ts";

export interface FingerprintNeeds {
  readonly request: Pick<RunRequest, "api" | "workers">;
  readonly target: TargetLine;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  /** Where the file system begins; tests hand in their own. */
  readonly root?: string;
  readonly say: (text: string) => void;
}

/** What can be told within a few seconds; the hash of a larger model is told by `lateHash`. */
export async function takeFingerprint(needs: FingerprintNeeds): Promise<FingerprintLine> {
  const { request, target, runtime, clock, root } = needs;
  const machine = machineFacts(root);
  const [git, model] = await Promise.all([gitState(runtime.cwd, runtime.env), modelFields(needs)]);
  const fields = present({
    ...clientFields(machine),
    ...(target.sameMachine === true && hostFields(machine)),
    ...model,
    "client.workers": request.workers,
    "plan.api": request.api === "auto" ? undefined : request.api,
    "git.commit": git?.commit,
    "git.dirty": git?.dirty,
  });
  return { type: "fingerprint", at: clock.now(), fields };
}

function clientFields({ containerCpus }: MachineFacts): object {
  return { "client.container_cpus": containerCpus };
}

/** The server's machine is ours, and what limits us limits a server that we start. */
function hostFields(machine: MachineFacts): object {
  const { governor, virtualization, containerCpus, containerMemory } = machine;
  return {
    "host.governor": governor,
    "host.virtualization": virtualization,
    "host.container_cpus": containerCpus,
    "host.container_memory": containerMemory,
  };
}

async function modelFields({ target, runtime, stop, say }: FingerprintNeeds): Promise<Fingerprint> {
  const file = target.identity.modelFile;
  if (file === undefined) return {};
  const head = await inspectGguf(file.path).catch(() => undefined);
  const known = await knownHash(file.path, runtime.cacheDir);
  const isQuick = file.bytes <= QUICK_SIZE;
  if (known === undefined && isQuick) say(`hashing ${formatBytes(file.bytes)} of the model, once`);
  const place = { cacheDir: runtime.cacheDir, signal: stop };
  return present({
    "model.sha256": known ?? (isQuick ? await hashOf(file.path, place) : undefined),
    "model.quantization": head?.quantization,
    "model.parameters": head?.parameters,
    "server.tokenizer": head?.tokenizer,
  });
}

/**
 * The hash of a model that is too large to be read before the traffic. Undefined when it is known
 * already, when there is none, and when somebody stops it.
 */
export async function lateHash(
  needs: FingerprintNeeds,
  taken: FingerprintLine,
): Promise<FingerprintLine | undefined> {
  const { target, runtime, clock, stop, say } = needs;
  const file = target.identity.modelFile;
  if (file === undefined || taken.fields["model.sha256"] !== undefined || stop.aborted)
    return undefined;
  say(`hashing ${formatBytes(file.bytes)} of the model, once`);
  const hash = await hashOf(file.path, { cacheDir: runtime.cacheDir, signal: stop });
  if (hash === undefined) return undefined;
  return { type: "fingerprint", at: clock.now(), fields: { "model.sha256": hash } };
}
