/** `plimsoll agent`: sample the machine it runs on, and tell a Plimsoll elsewhere. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { performance } from "node:perf_hooks";
import { originNow, systemClock } from "../../core/clock.ts";
import { exitCodes, messageOf, usageError } from "../../core/errors.ts";
import { Agent } from "../../observe/agent/serve.ts";
import { AGENT_PROTOCOL, type Hello } from "../../observe/agent/messages.ts";
import { findSources, type FoundSources } from "../../observe/find-sources.ts";
import { listeningProcess } from "../../observe/host/listening-process.ts";
import { probesFor } from "../../observe/probes.ts";
import { Sampler } from "../../observe/sampler.ts";
import type { ProbeContext } from "../../observe/source.ts";
import type { Call } from "../command.ts";
import { FAST, LISTEN } from "../flags/agent-flags.ts";
import type { Flags } from "../flags/flags.ts";
import { stopSwitch } from "../terminal/stop-switch.ts";
import { versionOf } from "../version.ts";
import type { World } from "../world.ts";

const MEDIUM = 1000;

export async function agent({ flags, world }: Call): Promise<number> {
  const { host, port } = addressOf(flags.text("listen") ?? LISTEN);
  const token = tokenOf(flags, world);
  if (token === undefined && !isLoopback(host)) {
    throw usageError(
      `--listen ${host}: everybody who reaches this address could listen in`,
      "Set a token (--token-env NAME or --token-file FILE), or listen on 127.0.0.1 and use ssh -L.",
    );
  }
  const stop = stopSwitch(world);
  const running = await start(flags, world, token);
  const where = await running.agent.listen(host, port).catch((thrown: unknown) => {
    throw usageError(`--listen ${host}:${port}: ${messageOf(thrown)}`, "Is the port taken?");
  });
  const shown = where.address.includes(":") ? `[${where.address}]` : where.address;
  world.stdout.write(`http://${shown}:${where.port}\n`);
  world.stderr.write(`${summaryOf(running.hello)}\nCtrl-C ends it.\n`);
  if (!stop.signal.aborted) {
    await new Promise<void>((resolve) => {
      stop.signal.addEventListener("abort", () => {
        resolve();
      });
    });
  }
  stop.release();
  await running.close();
  return exitCodes.passed;
}

interface Running {
  readonly agent: Agent;
  readonly hello: Hello;
  readonly close: () => Promise<void>;
}

async function start(flags: Flags, world: World, token: string | undefined): Promise<Running> {
  const origin = originNow();
  const clock = systemClock(origin);
  const fast = flags.duration("interval") ?? FAST;
  const intervals = { fast, medium: Math.max(fast, MEDIUM) };
  const serverPort = flags.integer("server-port", 1);
  const listener = serverPort === undefined ? undefined : listeningProcess("/", serverPort);
  const context: ProbeContext = {
    ...{ clock, env: world.env, root: "/", platform: process.platform },
    ...(listener !== undefined && "pid" in listener && { serverPid: listener.pid }),
  };
  const rows = probesFor({
    clientPid: world.pid,
    noServerPid:
      listener !== undefined && "reason" in listener
        ? listener.reason
        : "no --server-port was given",
  }).filter(({ source }) => source !== "client");
  const found = await findSources(rows, context, intervals);
  const hello = helloOf(found, `${world.pid}-${origin.wall}`);
  const agentServer: Agent = new Agent({
    ...{ clock, hello, version: versionOf(world) },
    ...(token !== undefined && { token }),
    readNow: () => sampler.readNow(),
  });
  const sampler: Sampler = new Sampler(found.sources, {
    ...{ clock, intervals, worked: () => performance.eventLoopUtilization().active },
    onLines: (lines) => {
      agentServer.tell(lines.filter((line) => line.type === "readings"));
    },
  });
  const close = async (): Promise<void> => {
    await sampler.stop();
    await agentServer.close();
  };
  return { agent: agentServer, hello, close };
}

function helloOf({ sources, lines, fingerprint }: FoundSources, id: string): Hello {
  return {
    type: "hello",
    protocol: AGENT_PROTOCOL,
    id,
    hostname: hostname(),
    sources: sources.flatMap(({ facts }) => facts),
    unavailable: lines.flatMap(({ kind, available, reason = "", advice }) =>
      available ? [] : [{ kind, reason, ...(advice !== undefined && { advice }) }],
    ),
    fingerprint,
  };
}

function summaryOf({ sources, unavailable }: Hello): string {
  const names = sources.map(({ source, device }) =>
    device?.name === undefined ? source : `${source} (${device.name})`,
  );
  const gpus = sources.some(({ gives }) => gives.some((series) => series.startsWith("gpu_")));
  const why = unavailable.map(({ kind, reason }) => `  ${kind}: ${reason}`).join("\n");
  const sampled = `Sampling ${names.join(", ") || "nothing"}.`;
  return gpus ? sampled : `${sampled}\nNo GPU was found:\n${why}`;
}

/** `127.0.0.1:9177`, `[::1]:9177`, or a port alone. */
function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, host = "127.0.0.1", port = ""] = /^(?:(.+):)?(\d+)$/.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535) {
    throw usageError(`--listen: "${text}" is no address`, "Write it as 127.0.0.1:9177.");
  }
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** @throws usage error for a token that is empty or cannot be read */
function tokenOf(flags: Flags, world: World): string | undefined {
  const [name, file] = [flags.text("token-env"), flags.text("token-file")];
  if (name === undefined && file === undefined) return undefined;
  const token = name === undefined ? textOf(file ?? "") : (world.env[name] ?? "");
  if (token.trim() !== "") return token.trim();
  const where = name === undefined ? `--token-file ${file ?? ""}` : `--token-env ${name}`;
  throw usageError(`${where}: there is no token in it`, "Put some random text there.");
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw usageError(`--token-file ${file}: ${messageOf(thrown)}`, undefined, thrown);
  }
}
