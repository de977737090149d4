/** The sampler's thread: looks for sources, reads them, and says what they say. */
import { performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../core/clock.ts";
import { findSources } from "../../observe/find-sources.ts";
import { listeningProcess, type Listener } from "../../observe/host/listening-process.ts";
import { probesFor } from "../../observe/probes.ts";
import type { FromSampler, SamplerTask, ToSampler } from "../../observe/sampler-messages.ts";
import { samplerSource } from "../../observe/sampler-source.ts";
import { Sampler } from "../../observe/sampler.ts";
import { scraper, type Connect, type Scrape } from "../../observe/server/scrape.ts";
import type { ProbeContext } from "../../observe/source.ts";
import { addressOf, type ConnectionOptions } from "../../protocol/address.ts";
import { dial } from "../../protocol/dial.ts";

/** What this thread is handed: how the server is connected to comes on top. */
export interface SamplerData extends SamplerTask {
  readonly connection?: ConnectionOptions;
}

/** A server that needs longer for its page is busy, ms. */
const SCRAPE_TIMEOUT = 3000;

const port = parentPort;
if (port === null) throw new Error("sampler-entry is the sampler's thread; it is not run alone");

const say = (message: FromSampler): void => {
  port.postMessage(message);
};

const task = workerData as SamplerData;
const { origin, intervals, root, clientPid, server, connection } = task;
const clock = systemClock(origin);
const worked = (): number => performance.eventLoopUtilization().active;

const listener = serverProcess();
const context: ProbeContext = {
  ...{ clock, env: process.env, root, platform: process.platform },
  ...("pid" in listener && { serverPid: listener.pid }),
};
const rows = probesFor({
  clientPid,
  ...("reason" in listener && { noServerPid: listener.reason }),
  serverElsewhere: task.sameMachine === false,
  remoteGpus: task.remoteGpus,
  ...(server && { server: { ...server, scrape: scraperOf(server) } }),
});
const { sources, lines, warnings, fingerprint } = await findSources(rows, context, intervals);
const sampler = new Sampler([...sources, samplerSource(context, worked)], {
  ...{ clock, worked, intervals },
  onLines: (some) => {
    say({ type: "lines", lines: some });
  },
});
port.on("message", (message: ToSampler) => {
  void take(message);
});
say({ type: "found", lines, fingerprint });
if (warnings.length > 0) say({ type: "lines", lines: warnings });

async function take(message: ToSampler): Promise<void> {
  if (message.type === "edges") sampler.addEdges(message.at);
  else if (message.type === "read") {
    await sampler.readNow();
    say({ type: "read", id: message.id });
  } else {
    await sampler.stop();
    say({ type: "stopped" });
  }
}

/** Connects as the traffic does. */
function scraperOf(address: Pick<NonNullable<SamplerTask["server"]>, "headers">): Scrape {
  const connect = (url: URL): Connect => {
    return (_options, onCreate) => {
      dial(addressOf(url.origin, connection), (error, socket) => {
        if (socket !== undefined) onCreate(null, socket);
        // Node looks at the error alone when there is one.
        else onCreate(error ?? new Error("no socket"), undefined as never);
      });
      return undefined;
    };
  };
  return scraper(address, clock, SCRAPE_TIMEOUT, connect);
}

/** The server's process: the one we started, or whoever listens on its port on this machine. */
function serverProcess(): Listener {
  if (task.serverPid !== undefined) return { pid: task.serverPid };
  const reason = whyNoPort();
  if (reason !== undefined || server === undefined) return { reason: reason ?? "" };
  const { port: given, protocol } = new URL(server.baseUrl);
  const usual = protocol === "https:" ? 443 : 80;
  return listeningProcess(root, given === "" ? usual : Number(given));
}

function whyNoPort(): string | undefined {
  if (server === undefined) return "no server is watched";
  if (task.sameMachine !== true) return "the server runs on another machine";
  if (connection?.unixSocket !== undefined || connection?.proxy !== undefined)
    return "the server is not reached at a port of this machine";
  return process.platform === "linux" ? undefined : "only Linux tells who listens on a port";
}
