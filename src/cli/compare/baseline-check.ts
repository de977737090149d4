/** `run --baseline NAME`: what was just measured, compared with what was accepted. */
import { notedDifferences } from "../../judge/compare/comparable.ts";
import { rulesFor } from "../../judge/compare/gather.ts";
import type { Call } from "../command.ts";
import { withComparison, type ReportedRun } from "../reports/conclude.ts";
import {
  acceptedOf,
  compareDirectories,
  showComparison,
  writeComparison,
} from "./compare-directories.ts";
import { marginsOf } from "../flags/margins.ts";
import { exitCodeOf, policyOf } from "../flags/policy.ts";

/** Compares concluded runs; returns the exit codes it adds (none without --baseline). */
export type BaselineCheck = (concluded: readonly ReportedRun[]) => Promise<readonly number[]>;

/** Everything that can be wrong with the baseline or its flags, before anything is measured. */
export async function openBaselineCheck(call: Call): Promise<BaselineCheck> {
  const { flags, world } = call;
  const policy = policyOf(flags);
  const name = flags.text("baseline");
  if (name === undefined) return () => Promise.resolve([]);
  const accepted = await acceptedOf(name, flags, world);
  // Both throw where a flag names what there is not.
  rulesFor(accepted.baseline, marginsOf(flags));
  notedDifferences(accepted.baseline, [], flags.all("vary"));
  return async (concluded) => {
    const directories = concluded.map(({ directory }) => directory);
    const compared = await compareDirectories(directories, accepted, call);
    await writeComparison(directories, compared, world);
    for (const one of concluded) await withComparison(one, compared, world);
    // With --json, stdout has the summaries and nothing else.
    if (!flags.on("json")) showComparison(compared, call);
    return [exitCodeOf(compared, policy)];
  };
}
