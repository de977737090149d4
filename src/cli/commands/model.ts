/** `plimsoll model synth`: write a synthetic model. */
import { presetNames, quants } from "../../reference-server/model/preset.ts";
import type { Command } from "../command.ts";

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
  run: async (call) => (await import("../actions/model.ts")).modelSynth(call),
};
