/** `plimsoll sweep`: a scenario over a grid of server flags and loads. */
import { originNow, systemClock } from "../../core/clock.ts";
import { usageError } from "../../core/errors.ts";
import { settingsOf } from "../../judge/sweep/grid.ts";
import { SWEEP_SCHEMA } from "../../judge/sweep/sweep.ts";
import { present } from "../../core/present.ts";
import type { Progress } from "../../session/run/progress.ts";
import { beginSweep, type SweepWishes } from "../../session/sweep/begin-sweep.ts";
import type { CellRequest } from "../../session/sweep/cell-request.ts";
import { measureSweep } from "../../session/sweep/measure-sweep.ts";
import { sweepKey } from "../../session/sweep/sweep-key.ts";
import { sweepDirectory } from "../../store/sweeps.ts";
import type { Call } from "../command.ts";
import { axisKey } from "../flags/axis-keys.ts";
import { cellRequests, refuseIdle } from "../flags/cell-requests.ts";
import { axesOf, refuseForTarget } from "../flags/read-axes.ts";
import { objectiveOf, shareOf } from "../flags/sweep-flags.ts";
import { concludeWith } from "../reports/conclude.ts";
import { keepSweep } from "../reports/keep-sweep.ts";
import { openProgress } from "../terminal/progress.ts";
import { showSweep, sweepFormat } from "../terminal/show-sweep.ts";
import { stopSwitch } from "../terminal/stop-switch.ts";

export async function sweep(call: Call): Promise<number> {
  const { flags, world } = call;
  const format = sweepFormat(flags);
  const progress = openProgress(world.stderr, flags.on("quiet"));
  const stop = stopSwitch(world);
  try {
    const { cells, ...wishes } = await askedFor(call, progress);
    const begun = await beginSweep(wishes, (text) => {
      progress.tell(text);
    });
    const { out } = wishes;
    const document = await measureSweep(
      {
        cells,
        runtime: world,
        conclude: concludeWith(world),
        progress,
        signal: stop.signal,
        clock: systemClock(originNow()),
        ...present({ mostTime: flags.duration("max-time") }),
        directory: sweepDirectory(out, begun.id),
        keep: (kept) => keepSweep(out, kept, world),
      },
      begun,
    );
    progress.end();
    showSweep(document, { format, out }, call);
    return document.outcome.exitCode;
  } finally {
    progress.end();
    stop.release();
  }
}

interface Asked extends SweepWishes {
  readonly cells: readonly CellRequest[];
}

/** Everything that can be wrong, for every cell, before anything is started. */
async function askedFor(call: Call, progress: Progress): Promise<Asked> {
  const { flags } = call;
  const axes = axesOf(flags);
  refuseForTarget(axes, flags.text("target") ?? (flags.on("unix-socket") ? "http:" : "embedded"));
  const share = shareOf(flags);
  const repeats = flags.integer("repeat", 1) ?? 1;
  const cells = await cellRequests(call, settingsOf(axes), (text) => {
    progress.say(text);
  });
  refuseIdle(axes, cells);
  const [first] = cells;
  if (first === undefined) throw usageError("sweep: there is no cell");
  const { plan, environment, target, out } = first.request;
  const limits = {
    share,
    slo: plan.slo.limits,
    thresholds: plan.thresholds.map(({ key, source }) => `${key}: ${source}`),
  };
  const objective = objectiveOf(flags, axes, plan);
  const judged = { repeats, objective, limits, plimsoll: environment.plimsoll };
  const restarts = axes.some(({ key }) => axisKey(key)?.of === "server");
  return {
    cells,
    document: {
      schema: SWEEP_SCHEMA,
      scenario: plan.name,
      key: sweepKey(cells, judged),
      axes,
      ...judged,
      ...(target.spec.kind !== "remote" && { restarts }),
      cells: cells.map(({ setting }) => ({ setting, runs: [] })),
    },
    orderSeed: flags.integer("order-seed"),
    fresh: flags.on("fresh"),
    out,
  };
}
