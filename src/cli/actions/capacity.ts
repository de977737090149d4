/** `plimsoll capacity`: the highest load that still meets the SLO. */
import { join } from "node:path";
import { exitCodes, PlimsollError } from "../../core/errors.ts";
import type { RunningTarget } from "../../target/spec.ts";
import { type SearchWishes } from "../../session/capacity/begin-search.ts";
import type { RunOrder } from "../../session/run/run-request.ts";
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
import { prepareOrder } from "../flags/prepare-request.ts";
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
  const order = await prepareOrder(call, say);
  checkPlan(order.plan);
  const stop = stopSwitch(world);
  let target: RunningTarget | undefined;
  try {
    const logFile = join(order.out, "capacity-server.log");
    target = await startShared(order, { runtime: world, logFile, signal: stop.signal, say });
    const document = await search({ call, order, target, wishes, signal: stop.signal, say });
    progress.end();
    showCapacity(document, order.out, call);
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
  readonly order: RunOrder;
  readonly target: RunningTarget;
  readonly wishes: SearchWishes;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

async function search(asked: Asked): Promise<CapacityDocument> {
  const { world } = asked.call;
  const { order, target, wishes, signal, say } = asked;
  const { share, by, levelTime, mostTime, mostLevels } = wishes;
  const clock = systemClock(originNow());
  const needs = { order, runtime: world, target, signal, say };
  const begun = await beginSearch({ ...needs, wishes });
  return findCapacity(
    {
      ...needs,
      conclude: concludeWith(world, ["json"]),
      directory: capacityDirectory(order.out, begun.id),
      clock,
      ...{ share, by, levelTime, mostTime, mostLevels },
      keep: (document) => keepCapacity(order.out, document, world),
    },
    begun,
  );
}
