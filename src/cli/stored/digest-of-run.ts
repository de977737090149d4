/** The digest of a run directory: the stored one where that still fits `run.jsonl`, else made again. */
import { digestOf, type RunDigest } from "../../judge/digest/digest.ts";
import { DigestBuilder } from "../../judge/digest/digest-builder.ts";
import { together } from "../../judge/collect/visit.ts";
import { RunJudge } from "../../judge/summarize.ts";
import { readDigest } from "../../store/digests.ts";
import { visitRun } from "../../store/read-run.ts";

/**
 * @param path a run directory, or a run file
 * @throws PlimsollError (usage) when there is no readable run
 */
export async function digestOfRun(path: string): Promise<RunDigest> {
  const stored = await readDigest(path);
  if (stored !== undefined) return stored;
  const [judging, builder] = [new RunJudge(), new DigestBuilder()];
  await visitRun(path, together([judging, builder]));
  return digestOf(judging.finish().summary, builder.finish());
}
