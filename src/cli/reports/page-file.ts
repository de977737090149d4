/** `--html FILE` of commands that print an answer: the same as a page. */
import { resolve } from "node:path";
import { originNow, wallTime } from "../../core/clock.ts";
import type { PageFacts } from "../../report/page/page.ts";
import type { ReportAssets } from "../../report/page/report-input.ts";
import { writeFileAtomically } from "../../store/write-file.ts";
import type { Call } from "../command.ts";
import { reportAssets } from "./report-assets.ts";
import { versionOf } from "../version.ts";

/** Does nothing without the flag. */
export async function writePageFile(
  { flags, world }: Pick<Call, "flags" | "world">,
  render: (facts: PageFacts, assets: ReportAssets) => string,
): Promise<void> {
  const file = flags.text("html");
  if (file === undefined) return;
  const facts = { plimsoll: versionOf(world), madeAt: wallTime(originNow(), 0) };
  await writeFileAtomically(resolve(world.cwd, file), render(facts, reportAssets(world)));
}
