/** `plimsoll server build` and `plimsoll server which`: the real llama-server. */
import { arch, availableParallelism, platform } from "node:os";
import { originNow, systemClock } from "../../core/clock.ts";
import { exitCodes, usageError } from "../../core/errors.ts";
import { formatMillis } from "../../core/units.ts";
import { buildLlamaServer, type BuildProgress } from "../../target/build-llama-server.ts";
import { backends, type Backend } from "../../target/build-plan.ts";
import { describeLlamaServer, findLlamaServer } from "../../target/find-llama-server.ts";
import type { Call } from "../command.ts";
import { stopSwitch } from "../terminal/stop-switch.ts";
import { packageFolder } from "../../session/places.ts";
import type { Output, World } from "../world.ts";
import { launcherOf } from "../../session/run/launcher.ts";
import { serverSearch } from "../flags/choose-target.ts";

const BAR = 30;

export async function serverBuild({ flags, world }: Call): Promise<number> {
  const stop = stopSwitch(world);
  try {
    const built = await buildLlamaServer(
      {
        packageDir: llamaPackage(world),
        cacheDir: world.cacheDir,
        backend: backendOf(flags.text("backend") ?? "auto"),
        platform: platform(),
        arch: arch(),
        jobs: flags.integer("jobs", 1) ?? availableParallelism(),
        env: world.env,
      },
      {
        clock: systemClock(originNow()),
        launcher: launcherOf(world),
        signal: stop.signal,
        ...(!flags.on("quiet") && { onProgress: buildProgress(world.stderr) }),
      },
    );
    const how =
      built.buildMs === undefined ? "already built" : `built in ${formatMillis(built.buildMs)}`;
    world.stderr.write(`llama-server ${built.release} (${built.backend}), ${how}\n`);
    world.stdout.write(`${built.path}\n`);
    return exitCodes.passed;
  } catch (thrown) {
    if (stop.signal.aborted) return exitCodes.interrupted;
    throw thrown;
  } finally {
    stop.release();
  }
}

export async function serverWhich({ flags, world }: Call): Promise<number> {
  const found = findLlamaServer(serverSearch(flags, world));
  const { path, source, version } = await describeLlamaServer(found, world.env);
  world.stdout.write(`${path}\n`);
  world.stderr.write(`version ${version ?? "unknown: it does not run"}, found by ${source}\n`);
  return exitCodes.passed;
}

/** The package that carries llama.cpp's source. */
function llamaPackage(world: World): string {
  const folder = packageFolder("node-llama-cpp", world);
  if (folder !== undefined) return folder;
  throw usageError(
    "server build needs the llama.cpp source, which the package node-llama-cpp carries",
    "Install it with `npm install node-llama-cpp`, or give a binary with --server-bin PATH.",
  );
}

function backendOf(name: string): Backend | "auto" {
  const found = (["auto", ...backends] as const).find((one) => one === name);
  if (found !== undefined) return found;
  throw usageError(
    `--backend: there is no backend "${name}"`,
    `There is auto, ${backends.join(", ")}.`,
  );
}

function buildProgress(output: Output): (progress: BuildProgress) => void {
  let shown = "";
  return ({ stage, done }) => {
    const share = done === undefined ? undefined : Math.floor(done * 100);
    const text = share === undefined ? stage : `${stage} ${String(share)} %`;
    // A log gets a line every ten percent, a terminal a bar.
    const key =
      output.isTerminal || share === undefined ? text : `${stage} ${Math.floor(share / 10)}`;
    if (key === shown) return;
    shown = key;
    if (!output.isTerminal) output.write(`${text}\n`);
    else output.write(`\r\u001b[K${text} ${bar(done)}${done === 1 ? "\n" : ""}`);
  };
}

function bar(done: number | undefined): string {
  if (done === undefined) return "";
  const full = Math.round(done * BAR);
  return `[${"#".repeat(full)}${".".repeat(BAR - full)}]`;
}
