/** `plimsoll model synth`: write a synthetic model. */
import { resolve } from "node:path";
import { exitCodes, usageError } from "../../core/errors.ts";
import { formatBytes } from "../../core/units.ts";
import { parseModelSpec, presetNames, quants } from "../../reference-server/model/preset.ts";
import { synthesize } from "../../reference-server/model/synthesize.ts";
import type { Command } from "../command.ts";
import type { Output } from "../world.ts";

export const modelSynth: Command = {
  usage: "model synth <name> --out FILE [flags]",
  about: `Writes a GGUF model of the llama architecture with random weights: as fast, or as slow, as
the real model of that shape, without a download. Names: ${presetNames.join(", ")};
each as NAME@QUANT with ${quants.join(", ")}.`,
  flags: {
    out: { kind: "text", value: "FILE", about: "where to write" },
    seed: { kind: "number", value: "N", about: "seed of the weights (default 1)" },
    quiet: { kind: "switch", about: "no progress" },
  },
  positionals: ["<name>"],
  examples: ["plimsoll model synth llama-3.2-1b@q4_0 --out llama.gguf"],
  async run({ positionals, flags, world }) {
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
  },
};

function percentage(output: Output): (written: number, total: number) => void {
  if (!output.isTerminal) return () => undefined;
  return (written, total) => {
    const share = Math.floor((100 * written) / total);
    output.write(`\r${share} % of ${formatBytes(total)}${written >= total ? "\n" : ""}`);
  };
}
