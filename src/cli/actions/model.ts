/** `plimsoll model synth`: write a synthetic model. */
import { resolve } from "node:path";
import { exitCodes, usageError } from "../../core/errors.ts";
import { formatBytes } from "../../core/units.ts";
import { parseModelSpec } from "../../reference-server/model/preset.ts";
import { synthesize } from "../../reference-server/model/synthesize.ts";
import type { Call } from "../command.ts";
import type { Output } from "../world.ts";

export async function modelSynth({ positionals, flags, world }: Call): Promise<number> {
  const file = flags.text("out");
  if (file === undefined) throw usageError("model synth: --out FILE is missing");
  const name = positionals[0] ?? "";
  const spec = parseModelSpec(name.startsWith("synth:") ? name : `synth:${name}`);
  const seed = flags.integer("seed");
  const model = await synthesize({
    ...spec,
    file: resolve(world.cwd, file),
    ...(seed !== undefined && { seed }),
    ...(!flags.on("quiet") && { onProgress: percentage(world.stderr) }),
  });
  world.stdout.write(`${model.path}\n${formatBytes(model.bytes)}, sha256 ${model.sha256}\n`);
  return exitCodes.passed;
}

function percentage(output: Output): (written: number, total: number) => void {
  if (!output.isTerminal) return () => undefined;
  return (written, total) => {
    const share = Math.floor((100 * written) / total);
    output.write(`\r${share} % of ${formatBytes(total)}${written >= total ? "\n" : ""}`);
  };
}
