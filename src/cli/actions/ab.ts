/** `plimsoll ab`: two targets in one session, so that what differs is theirs and not the day's. */
import { randomUUID } from "node:crypto";
import { originNow, systemClock } from "../../core/clock.ts";
import { exitCodes, usageError } from "../../core/errors.ts";
import { notedDifferences } from "../../judge/compare/comparable.ts";
import { rulesFor } from "../../judge/compare/gather.ts";
import { armFlags } from "../flags/arm-flags.ts";
import { MOST_PAIRS } from "../../session/ab/looks.ts";
import { measurePairs, type AbResult } from "../../session/ab/measure-pairs.ts";
import type { GroupedRequest } from "../../session/run/run-request.ts";
import type { Call } from "../command.ts";
import { remakePages, showComparison, writeComparison } from "../compare/compare-directories.ts";
import { concealCommand } from "../flags/conceal.ts";
import { marginsOf } from "../flags/margins.ts";
import { exitCodeOf, policyOf } from "../flags/policy.ts";
import type { Flags } from "../flags/flags.ts";
import { concludeWith } from "../reports/conclude.ts";
import { openProgress } from "../terminal/progress.ts";
import { prepareRequest } from "../flags/prepare-request.ts";
import { stopSwitch } from "../terminal/stop-switch.ts";

/** What two targets may differ in, since it is what is compared. */
const COMPARED = ["server", "model", "gpu"];

export async function ab(call: Call): Promise<number> {
  const { flags, world } = call;
  const policy = policyOf(flags);
  const compare = { margins: marginsOf(flags), vary: [...COMPARED, ...flags.all("vary")] };
  // Both throw where a flag names what there is not.
  rulesFor([], compare.margins);
  notedDifferences([], [], compare.vary);
  const progress = openProgress(world.stderr, flags.on("quiet"));
  const say = (text: string): void => {
    progress.say(text);
  };
  const group = randomUUID();
  const [a, b] = [await orderOf("a", call, say), await orderOf("b", call, say)];
  const stop = stopSwitch(world);
  try {
    const result = await measurePairs({
      requests: { a, b },
      mostPairs: mostPairsOf(flags),
      mostTime: flags.duration("max-time") ?? 7_200_000,
      compare,
      runtime: world,
      conclude: concludeWith(world, ["json", "html"]),
      progress,
      clock: systemClock(originNow()),
      stop: stop.signal,
      session: group,
    });
    return await tell(result, call, policy);
  } finally {
    stop.release();
  }
}

async function orderOf(
  side: "a" | "b",
  call: Call,
  say: (text: string) => void,
): Promise<GroupedRequest> {
  const { argv, flags } = call;
  // A side's own flags stand in for common ones, whose secrets are in the command line all the same.
  const shown = concealCommand(argv, flags.given());
  return prepareRequest({ ...call, argv: shown, flags: armFlags(side, flags) }, say);
}

function mostPairsOf(flags: Flags): number {
  const pairs = flags.integer("max-pairs", 2) ?? MOST_PAIRS;
  if (pairs <= MOST_PAIRS) return pairs;
  throw usageError(
    `--max-pairs: at most ${MOST_PAIRS}`,
    "Longer runs, or a wider --margin, decide what so many pairs do not.",
  );
}

async function tell(
  { compared, pairs, ended, directories, interrupted }: AbResult,
  call: Call,
  policy: ReturnType<typeof policyOf>,
): Promise<number> {
  const { world } = call;
  world.stderr.write(`${pairs} pair${pairs === 1 ? "" : "s"}: ${ended}\n`);
  if (interrupted && pairs < 2) return exitCodes.interrupted;
  showComparison(compared, call);
  const judged = directories.slice(-1);
  await writeComparison(judged, compared, world);
  await remakePages(judged, call);
  return interrupted ? exitCodes.interrupted : exitCodeOf(compared, policy);
}
