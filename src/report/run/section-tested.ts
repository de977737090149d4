/** What was tested on what, and the command that tests it again. */
import { formatBytes } from "../../core/units.ts";
import type { TargetIdentity } from "../../core/records.ts";
import type { Summary } from "../../judge/summary.ts";
import { cell, type Cell, type FactsBlock, type Section } from "../page/blocks.ts";
import { ABSENT, quantity, whole } from "../text/quantity.ts";
import type { ReportInput } from "../page/report-input.ts";
import { rerunCommand } from "../text/rerun-command.ts";
import { serverName } from "../text/server-name.ts";

type Facts = FactsBlock["facts"];

/** Facts that are known; an unknown one is left out. */
function facts(list: readonly (readonly [string, string | undefined, Partial<Cell>?])[]): Facts {
  return list.flatMap(([term, text, more]) =>
    text === undefined || text === "" ? [] : [{ term, cell: cell(text, more) }],
  );
}

const mono = { mono: true };

const kinds: Readonly<Record<TargetIdentity["kind"], string>> = {
  embedded: "embedded reference server",
  "llama-server": "llama-server, started by this run",
  remote: "remote server",
};

function modelFile(target: TargetIdentity): string | undefined {
  const file = target.modelFile;
  return file === undefined ? undefined : `${file.path} (${formatBytes(file.bytes)})`;
}

function targetFacts({ target }: Summary): FactsBlock {
  const title = "Target";
  if (target === undefined) {
    return {
      partial: "facts",
      title,
      facts: facts([["Server", `${ABSENT} it never became ready`]]),
    };
  }
  const known = facts([
    ["Server", serverName(target)],
    ["Kind", kinds[target.kind]],
    ["Model", target.model],
    ["Model file", modelFile(target), mono],
    ["Slots", target.slots === undefined ? undefined : whole(target.slots)],
    [
      "Context",
      target.contextTokens === undefined
        ? undefined
        : `${whole(target.contextTokens)} tokens per slot`,
    ],
    ["Address", target.url, mono],
    ["Reached by", target.via, mono],
    ["Ready after", target.readyMs === undefined ? undefined : quantity(target.readyMs, "ms")],
    ["Started as", target.command?.join(" "), mono],
  ]);
  return { partial: "facts", title, facts: known };
}

function environmentFacts({ environment, target }: Summary): FactsBlock {
  const own = target === undefined || target.kind === "remote" ? "Client" : "Machine";
  return {
    partial: "facts",
    title: own,
    facts: facts([
      ["Host", environment.hostname],
      ["System", `${environment.os}, ${environment.arch}`],
      ["CPU", `${environment.cpu}, ${environment.cores} cores`],
      ["Memory", formatBytes(environment.memoryBytes)],
      ["Node", environment.node],
      ["Plimsoll", environment.plimsoll],
    ]),
  };
}

function trafficFacts({ plan, run }: Summary): FactsBlock {
  const parameters = Object.entries(plan.parameters).map(([key, value]) => `${key}=${value}`);
  const scenarios = plan.scenarios.map((scenario): [string, string] => [
    scenario.name,
    [scenario.traffic, scenario.executor, scenario.arrival]
      .filter((part) => part !== undefined)
      .join(", "),
  ]);
  return {
    partial: "facts",
    title: "Traffic",
    facts: facts([
      ...scenarios,
      ["Loop", LOOPS[run.loop]],
      ["Seed", String(plan.seed)],
      ["Words of the prompts", run.salt === undefined ? undefined : `salt ${run.salt}`],
      ["Parameters", parameters.join(", "), mono],
      ["Scenario file", plan.file, mono],
      ["Its SHA-256", plan.fileHash, mono],
      ["Plan", `${run.planHash} (equal hashes mean equal work)`, mono],
    ]),
  };
}

const LOOPS: Readonly<Record<Summary["run"]["loop"], string>> = {
  open: "open: starts are set by a schedule",
  closed: "closed: starts are set by completions",
  mixed: "mixed: open and closed scenarios",
};

export function testedSection({ summary, command }: ReportInput): Section {
  const note =
    command === undefined
      ? "Put together from the run's facts; other flags of the run are in the plan in run.jsonl."
      : "";
  return {
    id: "tested",
    title: "What was tested, on what",
    intro: "",
    blocks: [
      { partial: "pair", blocks: [targetFacts(summary), environmentFacts(summary)] },
      trafficFacts(summary),
      {
        partial: "command",
        title: "Run it again",
        command: command ?? rerunCommand(summary),
        note,
      },
    ],
  };
}
