/** `plimsoll capacity`: the highest load that still meets the SLO. */
import { join } from "node:path";
import { exitCodes, PlimsollError } from "../../core/errors.ts";
import type { RunningTarget } from "../../target/spec.ts";
import { type SearchWishes } from "../../session/capacity/begin-search.ts";
import type { RunRequest } from "../../session/run/run-request.ts";
import { checkPlan } from "../../session/capacity/level-plan.ts";
import { wishesOf } from "../flags/search-flags.ts";
import { capacityDirectory } from "../../store/capacities.ts";
import { beginSearch } from "../../session/capacity/begin-search.ts";
import { concludeWith } from "../reports/conclude.ts";
import { keepCapacity } from "../reports/keep-capacity.ts";
import { findCapacity } from "../../session/capacity/find-capacity.ts";
import { originNow, systemClock } from "../../core/clock.ts";
import type { CapacityDocument } from "../../judge/capacity/capacity.ts";
import type { Call } from "../command.ts";
import { prepareRequest } from "../flags/prepare-request.ts";
import { openProgress } from "../terminal/progress.ts";
import { startShared } from "../../session/run/shared-target.ts";
import { stopSwitch } from "../terminal/stop-switch.ts";
import { capacityJson, showCapacity } from "../terminal/show-capacity.ts";
import { showJson } from "../terminal/show-run.ts";

export async function capacity(call: Call): Promise<number> {
  const { flags, world } = call;
  const progress = openProgress(world.stderr, flags.on("quiet"));
  const say = (text: string): void => {
    progress.say(text);
  };
  const wishes = wishesOf(flags);
  const request = await prepareRequest(call, say);
  checkPlan(request.plan);
  const stop = stopSwitch(world);
  let target: RunningTarget | undefined;
  try {
    const logFile = join(request.out, "capacity-server.log");
    target = await startShared(request, { runtime: world, logFile, signal: stop.signal, say });
    const document = await search({ call, request, target, wishes, signal: stop.signal, say });
    progress.end();
    showCapacity(document, request.out, call);
    showJson([capacityJson(document)], world, flags);
    return document.outcome.exitCode;
  } catch (thrown) {
    if (stop.signal.aborted)
      throw new PlimsollError(exitCodes.interrupted, "interrupted before a level was measured");
    throw thrown;
  } finally {
    progress.end();
    stop.release();
    await target?.stop();
  }
}

interface Asked {
  readonly call: Call;
  readonly request: RunRequest;
  readonly target: RunningTarget;
  readonly wishes: SearchWishes;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

async function search(asked: Asked): Promise<CapacityDocument> {
  const { world } = asked.call;
  const { request, target, wishes, signal, say } = asked;
  const { share, by, levelTime, mostTime, mostLevels } = wishes;
  const clock = systemClock(originNow());
  const needs = { request, runtime: world, target, signal, say };
  const begun = await beginSearch({ ...needs, wishes });
  return findCapacity(
    {
      ...needs,
      conclude: concludeWith(world, ["json"]),
      directory: capacityDirectory(request.out, begun.id),
      clock,
      ...{ share, by, levelTime, mostTime, mostLevels },
      keep: (document) => keepCapacity(request.out, document, world),
    },
    begun,
  );
}
