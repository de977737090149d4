/** A sweep as it stands: its document, and the page that shows it. */
import { join } from "node:path";
import type { SweepDocument } from "../../judge/sweep/sweep.ts";
import { renderSweepPage } from "../../report/sweep/sweep-page.ts";
import { sweepDirectory, writeSweep } from "../../store/sweeps.ts";
import { writeFileAtomically } from "../../store/write-file.ts";
import type { World } from "../world.ts";
import { bestEffort } from "./best-effort.ts";
import { reportAssets } from "./report-assets.ts";

export async function keepSweep(out: string, document: SweepDocument, world: World): Promise<void> {
  await writeSweep(out, document);
  const page = renderSweepPage(document, reportAssets(world));
  await bestEffort(world, () =>
    writeFileAtomically(join(sweepDirectory(out, document.id), "sweep.html"), page),
  );
}
