/** A world for commands run in this process: outputs are kept, nothing real is touched. */
import { fileURLToPath } from "node:url";
import { program } from "../../src/cli/program.ts";
import { guarded, type World } from "../../src/cli/world.ts";
import { Secrets } from "../../src/core/secrets.ts";
import { scratchFolder } from "./scratch.ts";
import { workerLoader } from "./worker-loader.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line from source, in a fresh folder and with an empty environment. */
export async function runHere(
  argv: readonly string[],
  given: Partial<Pick<World, "cwd" | "env">> = {},
): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  const secrets = new Secrets();
  const plain = { isTerminal: false, columns: 80 };
  const world: World = {
    stdout: guarded({ write: (text) => (stdout += text), ...plain }, secrets),
    stderr: guarded({ write: (text) => (stderr += text), ...plain }, secrets),
    secrets,
    print: (text) => (stderr += secrets.hide(text)),
    env: {},
    cwd: scratchFolder("cli"),
    cacheDir: scratchFolder("cache"),
    pid: process.pid,
    node: process.execPath,
    nodeVersion: process.version,
    nodeArgs: workerLoader(),
    programDir: fileURLToPath(new URL("../../src/", import.meta.url)),
    packageDir: fileURLToPath(new URL("../../", import.meta.url)),
    onSignal: () => () => undefined,
    kill: (pid, signal) => process.kill(pid, signal),
    exit: (code) => {
      throw new Error(`exit ${String(code)}`);
    },
    ...given,
  };
  const code = await program(argv, world);
  return { code, stdout, stderr };
}
