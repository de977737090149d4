/** Every source of telemetry that this machine, or a target, gives here, and what a read costs. */
import { originNow, systemClock } from "../../core/clock.ts";
import type { RunLine } from "../../core/records.ts";
import type { SourceLine } from "../../core/telemetry-lines.ts";
import { present } from "../../core/present.ts";
import { Telemetry } from "../../observe/telemetry.ts";
import { isThisMachine } from "../run/same-machine.ts";
import { remoteGpusOf, type TelemetryRequest } from "../run/telemetry.ts";
import type { Runtime } from "../runtime.ts";

/** Long enough for a few dozen reads of the fast tier, ms. */
const LENGTH = 3000;
/** As in a run that has the machine for itself, ms. */
const INTERVALS = { fast: 100, medium: 1000 } as const;

/**
 * Looks for every source, reads what is there for three seconds on the sampler's own thread, and
 * says what came of it: one line a source, with its account.
 *
 * @param url of a running server, whose own metrics are looked for too
 */
export async function lookForSources(
  runtime: Runtime,
  url: string | undefined,
  remote: TelemetryRequest["remote"],
): Promise<readonly SourceLine[]> {
  const origin = originNow();
  const clock = systemClock(origin);
  const found = new Map<string, SourceLine>();
  const telemetry = new Telemetry({
    entry: new URL(`../run/sampler-entry.${suffixOf(import.meta.url)}`, import.meta.url),
    task: {
      ...{ origin, intervals: INTERVALS, root: "/", clientPid: runtime.pid },
      remoteGpus: remoteGpusOf(remote, runtime),
      ...(url !== undefined && { server: { baseUrl: url, headers: {} } }),
      ...present({ sameMachine: url === undefined ? undefined : await isThisMachine(url) }),
    },
    ...{ clock, execArgv: runtime.nodeArgs },
    onLines: (lines: readonly RunLine[]) => {
      for (const line of lines)
        if (line.type === "source") found.set(line.source, { ...found.get(line.source), ...line });
    },
  });
  await telemetry.found;
  await clock.sleepUntil(clock.now() + LENGTH);
  await telemetry.stop();
  return [...found.values()];
}

function suffixOf(url: string): string {
  return url.endsWith(".ts") ? "ts" : "js";
}
