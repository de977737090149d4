/** `plimsoll baseline`: the levels that runs are compared with. */
import { relative, resolve } from "node:path";
import { exitCodes, PlimsollError } from "../../core/errors.ts";
import { present } from "../../core/present.ts";
import { usable } from "../../judge/compare/compare-runs.ts";
import type { RunDigest } from "../../judge/digest/digest.ts";
import { promote } from "../../judge/baseline/baseline.ts";
import {
  renderBaseline,
  renderBaselineList,
  type ListedBaseline,
} from "../../report/compare/baseline-text.ts";
import { baselineNames, removeBaseline } from "../../store/baselines.ts";
import { fewAtOnce } from "../../store/few-at-once.ts";
import type { Call } from "../command.ts";
import type { Flags } from "../flags/flags.ts";
import type { World } from "../world.ts";
import {
  baselineFolder,
  findBaseline,
  requireBaseline,
  storeBaseline,
} from "../stored/baseline-folder.ts";
import { bestEffort } from "../reports/best-effort.ts";
import { keepInHistory } from "../stored/keep-history.ts";
import { directoriesOf } from "../stored/name-runs.ts";
import { digestOfRun } from "../stored/digest-of-run.ts";

export async function baselineSave({
  positionals: [name = "", ...runs],
  flags,
  world,
}: Call): Promise<number> {
  const folder = baselineFolder(flags, world);
  const root = resolve(world.cwd, flags.text("out") ?? "reports");
  const existing = await findBaseline(folder, name, world);
  const directories = await directoriesOf(root, runs, flags.on("repeats"));
  const digests = await fewAtOnce(directories, digestOfRun);
  const baseline = promote({
    name,
    runs: fitRepeats(digests, flags, world),
    add: flags.on("add"),
    anchor: flags.on("anchor"),
    allowInvalid: flags.on("allow-invalid"),
    vary: flags.all("vary"),
    ...present({ existing, keep: flags.integer("keep", 1) }),
  });
  const path = await storeBaseline(folder, baseline);
  await bestEffort(world, () => keepInHistory(folder, digests));
  world.stdout.write(renderBaseline(baseline));
  world.stderr.write(`saved ${relative(world.cwd, path)}\n`);
  return exitCodes.passed;
}

/**
 * Of the repeats of one command, single ones that the machine spoilt are left out and told, as a
 * comparison does; where they are as many as the others, all are kept, and refused with the reason.
 */
function fitRepeats(
  digests: readonly RunDigest[],
  flags: Flags,
  world: World,
): readonly RunDigest[] {
  const fit = usable(digests);
  const spoilt = digests.filter((run) => !fit.includes(run));
  if (!flags.on("repeats") || flags.on("allow-invalid") || spoilt.length >= fit.length)
    return digests;
  for (const { run, trouble } of spoilt)
    world.stderr.write(`left out: ${run}: ${trouble ?? "the measurement is invalid"}\n`);
  return fit;
}

/** A damaged file is a line of the list: the others are none the worse for it. */
export async function baselineList({ flags, world }: Call): Promise<number> {
  const folder = baselineFolder(flags, world);
  const names = await baselineNames(folder);
  const all = await fewAtOnce(names, (name) => listed(folder, name, world));
  world.stdout.write(renderBaselineList(all));
  const damaged = all.flatMap((one) => ("damaged" in one ? [one.damaged] : []));
  for (const { message, hint } of damaged) world.stderr.write(`${message}\n${hint ?? ""}\n`);
  return damaged[0]?.exitCode ?? exitCodes.passed;
}

async function listed(folder: string, name: string, world: World): Promise<ListedBaseline> {
  try {
    return await requireBaseline(folder, name, world);
  } catch (error) {
    if (error instanceof PlimsollError) return { name, damaged: error };
    throw error;
  }
}

export async function baselineShow({
  positionals: [name = ""],
  flags,
  world,
}: Call): Promise<number> {
  const baseline = await requireBaseline(baselineFolder(flags, world), name, world);
  const plain = { ...baseline, accepted: baseline.accepted.map(({ data: _, ...run }) => run) };
  world.stdout.write(
    flags.on("json") ? `${JSON.stringify(plain, null, 2)}\n` : renderBaseline(baseline),
  );
  return exitCodes.passed;
}

export async function baselineRemove({
  positionals: [name = ""],
  flags,
  world,
}: Call): Promise<number> {
  const folder = baselineFolder(flags, world);
  // A damaged file may be removed too: only its name must exist.
  if (!(await baselineNames(folder)).includes(name)) await requireBaseline(folder, name, world);
  await removeBaseline(folder, name);
  world.stderr.write(`removed ${name}\n`);
  return exitCodes.passed;
}
