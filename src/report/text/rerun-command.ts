/** The command that makes a run again, as far as its summary tells. */
import type { Summary } from "../../judge/summary.ts";

/** POSIX shell quoting: what needs no quotes stays readable. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function targetFlags(summary: Summary): readonly string[] {
  const { target } = summary;
  if (target === undefined) return [];
  const where = target.kind === "remote" ? target.url : target.kind;
  const model = target.modelFile === undefined ? [] : ["--model", target.modelFile.path];
  return ["--target", where, ...(target.kind === "remote" ? wayFlags(target.via) : model)];
}

/** A proxy's password is not known here: where it wants one, it says so. */
function wayFlags(via = ""): readonly string[] {
  const [, way, place] = /^(unix socket|proxy) (.+)$/s.exec(via) ?? [];
  if (place === undefined) return [];
  return [way === "proxy" ? "--proxy" : "--unix-socket", place];
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
    ...(summary.run.salt === undefined ? [] : ["--salt", summary.run.salt]),
  ];
  return words.map(quoted).join(" ");
}
