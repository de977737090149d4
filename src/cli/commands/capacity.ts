/** `plimsoll capacity`: the highest load that still meets the SLO. */
import { join } from "node:path";
import { originNow, systemClock, wallTime } from "../../core/clock.ts";
import { exitCodes, PlimsollError } from "../../core/errors.ts";
import {
  CAPACITY_SCHEMA,
  outcomeOf,
  type CapacityDocument,
} from "../../judge/capacity/capacity.ts";
import { planHash } from "../../scenario/hash.ts";
import { newRunId } from "../../store/run-id.ts";
import type { RunningTarget } from "../../target/spec.ts";
import { CAPACITY, capacityDirectory, keepCapacity } from "../reports/keep-capacity.ts";
import { findCapacity } from "../../session/capacity/find-capacity.ts";
import { checkPlan } from "../../session/capacity/level-plan.ts";
import { SEARCH_FLAGS, wishesOf, type Wishes } from "../flags/search-flags.ts";
import { startingLoad } from "../../session/capacity/starting-load.ts";
import type { Call, Command } from "../command.ts";
import type { FlagTable } from "../flags/flags.ts";
import { findUnfinished } from "../../store/session-files.ts";
import { ORDER_FLAGS, prepareOrder, type GroupedOrder } from "../flags/prepare-request.ts";
import { openProgress } from "../terminal/progress.ts";
import { startShared } from "../../session/run/shared-target.ts";
import { stopSwitch } from "../terminal/stop-switch.ts";
import { capacityJson, showCapacity } from "../terminal/show-capacity.ts";
import { showJson } from "../terminal/show-run.ts";

const CAPACITY_FLAGS = {
  ...ORDER_FLAGS,
  ...SEARCH_FLAGS,
  out: { kind: "text", value: "DIR", about: "folder of results (default reports)" },
  quiet: { kind: "switch", about: "no progress" },
  json: { kind: "switch", about: "print the result as JSON on stdout" },
  "no-color": { kind: "switch", about: "no colour (NO_COLOR is honoured too)" },
} as const satisfies FlagTable;

export const capacity: Command = {
  usage: "capacity <scenario> [flags]",
  about: `Finds the highest load at which the scenario's slo and thresholds hold: levels of constant
load, each a run of its own, up to the edge and then close around it. An interrupted search goes on
where it was when the same command is given again.`,
  flags: CAPACITY_FLAGS,
  positionals: ["<scenario>"],
  examples: [
    "plimsoll capacity steady --target http://127.0.0.1:8080",
    "plimsoll capacity steady --by concurrency --goodput 0.95 --max-time 5m",
  ],
  async run(call) {
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
      target = await startShared(order, { world, logFile, signal: stop.signal, say });
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
  },
};

interface Sitting {
  readonly call: Call;
  readonly order: GroupedOrder;
  readonly target: RunningTarget;
  readonly wishes: Wishes;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

async function search(sitting: Sitting): Promise<CapacityDocument> {
  const { call, order, target, wishes, signal, say } = sitting;
  const { by, share, levelTime, mostTime, mostLevels } = wishes;
  const clock = systemClock(originNow());
  const begun = (await unfinished(sitting)) ?? (await fresh(sitting));
  const directory = capacityDirectory(order.out, begun.id);
  const keep = (document: CapacityDocument): Promise<void> =>
    keepCapacity(order.out, document, call.world);
  return findCapacity(
    {
      order,
      world: call.world,
      target,
      directory,
      share,
      signal,
      say,
      clock,
      by,
      levelTime,
      mostTime,
      mostLevels,
      keep,
    },
    begun,
  );
}

async function unfinished({
  order,
  target,
  wishes,
  say,
}: Sitting): Promise<CapacityDocument | undefined> {
  if (wishes.fresh) return undefined;
  const { identity } = target;
  const hash = planHash(order.plan);
  const found = await findUnfinished(
    order.out,
    CAPACITY,
    (document) =>
      document.planHash === hash &&
      document.by === wishes.by &&
      document.limits.share === wishes.share &&
      document.target?.kind === identity.kind &&
      document.target.build === identity.build &&
      document.target.model === identity.model &&
      document.target.slots === identity.slots,
  );
  if (found !== undefined)
    say(`going on with ${found.id}: ${found.levels.length} levels are measured already`);
  return found;
}

async function fresh({
  call,
  order,
  target,
  wishes,
  signal,
  say,
}: Sitting): Promise<CapacityDocument> {
  const { by, share, tolerance, most } = wishes;
  const start =
    wishes.start ?? (await startingLoad({ order, world: call.world, target, signal, say, by }));
  const whole = by === "concurrency";
  const least = whole ? 1 : Math.min(start, start / 64);
  const { limits: slo } = order.plan.slo;
  const wait = whole ? undefined : longestWait(slo);
  const limits = {
    ...{ start: Math.min(start, most), share, tolerance, least, most },
    ...(whole && { whole }),
    ...(wait !== undefined && { wait }),
  };
  const startedAt = wallTime(originNow(), 0);
  return {
    schema: CAPACITY_SCHEMA,
    id: newRunId(startedAt, `capacity-${order.plan.name}`),
    plimsoll: order.environment.plimsoll,
    startedAt,
    scenario: order.plan.name,
    planHash: planHash(order.plan),
    by,
    limits,
    slo,
    target: target.identity,
    levels: [],
    outcome: outcomeOf([], limits, { end: "open", why: "it has just begun" }),
  };
}

/** For a first token, s; undefined where the SLO does not limit it. */
function longestWait(slo: CapacityDocument["slo"]): number | undefined {
  const limits = slo.filter(({ metric }) => metric.startsWith("ttft")).map(({ limit }) => limit);
  return limits.length === 0 ? undefined : Math.min(...limits) / 1000;
}
