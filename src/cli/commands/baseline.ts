/** `plimsoll baseline`: the levels that runs are compared with. */
import { relative, resolve } from "node:path";
import { exitCodes } from "../../core/errors.ts";
import { present } from "../../core/present.ts";
import { promote } from "../../judge/baseline/baseline.ts";
import { renderBaseline, renderBaselineList } from "../../report/compare/baseline-text.ts";
import { baselineNames, removeBaseline } from "../../store/baselines.ts";
import { fewAtOnce } from "../../store/few-at-once.ts";
import type { Command } from "../command.ts";
import {
  BASELINES_FLAG,
  baselineFolder,
  findBaseline,
  requireBaseline,
  storeBaseline,
} from "../stored/baseline-folder.ts";
import { keepInHistory } from "../stored/keep-history.ts";
import { directoriesOf, REPEATS_FLAG } from "../stored/name-runs.ts";
import { digestOfRun } from "../stored/digest-of-run.ts";

export const baselineSave: Command = {
  usage: "baseline save <name> <run>... [flags]",
  about: `Accepts runs as the level that later ones are compared with: writes baselines/NAME.json, a file
to commit and review. Nothing else ever promotes a level. Over an existing name the runs take the
place of the accepted ones; the anchor stays where it was pinned first, so that slow drift shows.`,
  flags: {
    ...REPEATS_FLAG,
    add: { kind: "switch", about: "add the runs to the accepted ones (a history of nights)" },
    keep: { kind: "number", value: "N", about: "sittings kept with --add (default 30)" },
    anchor: { kind: "switch", about: "pin the anchor to these runs" },
    "allow-invalid": { kind: "switch", about: "accept runs that are invalid or failed" },
    vary: {
      kind: "text",
      value: "FIELD",
      repeats: true,
      about: "a difference to accept: server.flags, server; may be repeated",
    },
    out: { kind: "text", value: "DIR", about: "folder of run directories (default reports)" },
    ...BASELINES_FLAG,
  },
  positionals: ["<name>", "<run>..."],
  examples: [
    "plimsoll run steady --repeat 5",
    "plimsoll baseline save main latest --repeats",
    "plimsoll run steady --baseline main",
  ],
  async run({ positionals: [name = "", ...runs], flags, world }) {
    const folder = baselineFolder(flags, world);
    const root = resolve(world.cwd, flags.text("out") ?? "reports");
    const existing = await findBaseline(folder, name, world);
    const directories = await directoriesOf(root, runs, flags.on("repeats"));
    const digests = await fewAtOnce(directories, digestOfRun);
    const baseline = promote({
      name,
      runs: digests,
      add: flags.on("add"),
      anchor: flags.on("anchor"),
      allowInvalid: flags.on("allow-invalid"),
      vary: flags.all("vary"),
      ...present({ existing, keep: flags.integer("keep", 1) }),
    });
    const path = await storeBaseline(folder, baseline);
    await keepInHistory(folder, digests);
    world.stdout.write(renderBaseline(baseline));
    world.stderr.write(`saved ${relative(world.cwd, path)}\n`);
    return exitCodes.passed;
  },
};

export const baselineList: Command = {
  usage: "baseline list",
  about: "Lists the baselines: scenario, runs, age, anchor.",
  flags: BASELINES_FLAG,
  positionals: [],
  async run({ flags, world }) {
    const folder = baselineFolder(flags, world);
    const names = await baselineNames(folder);
    const all = await fewAtOnce(names, (name) => requireBaseline(folder, name, world));
    world.stdout.write(renderBaselineList(all));
    return exitCodes.passed;
  },
};

export const baselineShow: Command = {
  usage: "baseline show <name>",
  about: "Shows a baseline: its level with intervals, its anchor, its runs and their environment.",
  flags: {
    ...BASELINES_FLAG,
    json: { kind: "switch", about: "print it as JSON, without packed data" },
  },
  positionals: ["<name>"],
  async run({ positionals: [name = ""], flags, world }) {
    const baseline = await requireBaseline(baselineFolder(flags, world), name, world);
    const plain = { ...baseline, accepted: baseline.accepted.map(({ data: _, ...run }) => run) };
    world.stdout.write(
      flags.on("json") ? `${JSON.stringify(plain, null, 2)}\n` : renderBaseline(baseline),
    );
    return exitCodes.passed;
  },
};

export const baselineRemove: Command = {
  usage: "baseline remove <name>",
  about: "Removes a baseline. Its runs stay in the history of their scenario.",
  flags: BASELINES_FLAG,
  positionals: ["<name>"],
  async run({ positionals: [name = ""], flags, world }) {
    const folder = baselineFolder(flags, world);
    // A damaged file may be removed too: only its name must exist.
    if (!(await baselineNames(folder)).includes(name)) await requireBaseline(folder, name, world);
    await removeBaseline(folder, name);
    world.stderr.write(`removed ${name}\n`);
    return exitCodes.passed;
  },
};
