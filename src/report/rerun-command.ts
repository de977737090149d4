/** The command that makes a run again, as far as its summary tells. */
import type { Summary } from "../judge/summary.ts";

/** POSIX shell quoting: what needs no quotes stays readable. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function targetFlags(summary: Summary): readonly string[] {
  const { target } = summary;
  if (target === undefined) return [];
  const where = target.kind === "remote" ? target.url : target.kind;
  const model = target.modelFile === undefined ? [] : ["--model", target.modelFile.path];
  return ["--target", where, ...(target.kind === "remote" ? [] : model)];
}

function parameterFlags(summary: Summary): readonly string[] {
  return Object.entries(summary.plan.parameters).flatMap(([key, value]) =>
    key === "peak" ? ["--peak", value] : ["-e", `${key}=${value}`],
  );
}

/** `plimsoll run scenarios/steady.ts --target embedded --seed 1`; flags it cannot know are missing. */
export function rerunCommand(summary: Summary): string {
  const words = [
    "plimsoll",
    "run",
    summary.plan.file,
    ...targetFlags(summary),
    ...parameterFlags(summary),
    "--seed",
    String(summary.plan.seed),
  ];
  return words.map(quoted).join(" ");
}
