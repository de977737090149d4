/** `plimsoll ab`: two targets in one sitting, so that what differs is theirs and not the day's. */
import { randomUUID } from "node:crypto";
import { originNow, systemClock } from "../../core/clock.ts";
import { exitCodes, usageError } from "../../core/errors.ts";
import { notedDifferences } from "../../judge/compare/comparable.ts";
import { rulesFor } from "../../judge/compare/gather.ts";
import { armFlags } from "../flags/arm-flags.ts";
import { measurePairs, type SittingResult } from "../../session/ab/measure-pairs.ts";
import type { GroupedOrder } from "../../session/run/run-request.ts";
import type { Call, Command } from "../command.ts";
import { remakePages, showComparison, writeComparison } from "../compare/compare-directories.ts";
import { concealCommand } from "../flags/conceal.ts";
import { COMPARE_FLAGS, marginsOf } from "../flags/margins.ts";
import { exitCodeOf, policyOf, POLICY_FLAGS } from "../flags/policy.ts";
import type { Flags } from "../flags/flags.ts";
import { concludeWith } from "../reports/conclude.ts";
import { openProgress } from "../terminal/progress.ts";
import { ORDER_FLAGS, prepareOrder } from "../flags/prepare-request.ts";
import { SHOW_FLAGS } from "../terminal/show-run.ts";
import { stopSwitch } from "../terminal/stop-switch.ts";

/** As many as there are looks: more pairs would need looks at another level. */
const MOST_PAIRS = 12;

/** What two targets may differ in, since it is what is compared. */
const COMPARED = ["server", "model", "gpu"];

export const ab: Command = {
  usage: 'ab <scenario> --a "TARGET [flags]" --b "TARGET [flags]"',
  about: `Measures two targets in one sitting, by turns (AB, BA, AB, ...), and says whether B is worse than
A. Servers that Plimsoll starts are started anew for every run. Runs are compared pair by pair, so
what the machine does to both cancels out; after 5, 8 and 12 pairs it looks, and stops as soon as
the answer is clear. A side is a target and its flags; flags of the command hold for both.

Exit codes: 0 not worse, 1 regression, 3 inconclusive, 5 invalid, 6 a target failed.`,
  flags: {
    a: {
      kind: "text",
      value: "SPEC",
      about: "the accepted side: embedded, llama-server or a URL, and its flags",
    },
    b: { kind: "text", value: "SPEC", about: "the side to judge" },
    "max-pairs": {
      kind: "number",
      value: "N",
      about: `most pairs (default and most ${MOST_PAIRS})`,
    },
    "max-time": {
      kind: "duration",
      value: "TIME",
      about: "begin no pair that would end later (default 2h)",
    },
    ...ORDER_FLAGS,
    ...COMPARE_FLAGS,
    ...POLICY_FLAGS,
    out: { kind: "text", value: "DIR", about: "folder of run directories (default reports)" },
    quiet: { kind: "switch", about: "no progress" },
    ...SHOW_FLAGS,
    json: { kind: "switch", about: "print the comparison as JSON on stdout" },
  },
  positionals: ["<scenario>"],
  examples: [
    'plimsoll ab steady --a "llama-server --server-bin ./old" --b "llama-server --server-bin ./new"',
    'plimsoll ab steady --a embedded --b "embedded --threads 1" --max-pairs 5',
    "plimsoll ab steady --a http://10.0.0.1:8080 --b http://10.0.0.2:8080 --peak 20",
  ],
  async run(call) {
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
        orders: { a, b },
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
  },
};

async function orderOf(
  side: "a" | "b",
  call: Call,
  say: (text: string) => void,
): Promise<GroupedOrder> {
  const { argv, flags } = call;
  // A side's own flags stand in for common ones, whose secrets are in the command line all the same.
  const shown = concealCommand(argv, flags.given());
  return prepareOrder({ ...call, argv: shown, flags: armFlags(side, flags) }, say);
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
  { compared, pairs, ended, directories, interrupted }: SittingResult,
  call: Call,
  policy: ReturnType<typeof policyOf>,
): Promise<number> {
  const { world } = call;
  world.stderr.write(`${pairs} pair${pairs === 1 ? "" : "s"}: ${ended}\n`);
  if (interrupted && pairs < 2) return exitCodes.interrupted;
  showComparison(compared, call);
  const judged = directories.slice(-1);
  await writeComparison(judged, compared);
  await remakePages(judged, call);
  return interrupted ? exitCodes.interrupted : exitCodeOf(compared, policy);
}
