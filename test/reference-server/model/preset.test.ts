import { describe, expect, test } from "vitest";
import { PlimsollError } from "../../../src/core/errors.ts";
import {
  isModelSpec,
  parseModelSpec,
  presetNames,
  presets,
} from "../../../src/reference-server/model/preset.ts";
import { modelTensors } from "../../../src/reference-server/model/tensors.ts";

function refusal(text: string): PlimsollError {
  try {
    parseModelSpec(text);
  } catch (error) {
    if (error instanceof PlimsollError) return error;
  }
  throw new Error("it was accepted");
}

describe("parseModelSpec", () => {
  test("takes a name with or without the scheme, and q8_0 unless told otherwise", () => {
    expect(parseModelSpec("synth:tiny")).toEqual({ name: "tiny", quant: "q8_0" });
    expect(parseModelSpec("SMOLLM2-135M".toLowerCase())).toEqual({
      name: "smollm2-135m",
      quant: "q8_0",
    });
    expect(parseModelSpec("synth:llama-3.1-8b@Q4_0")).toEqual({
      name: "llama-3.1-8b",
      quant: "q4_0",
    });
  });

  test("an unknown name is refused with the list of presets", () => {
    const error = refusal("synth:gpt5");
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain('"gpt5"');
    for (const name of presetNames) expect(error.hint).toContain(`synth:${name}`);
  });

  test("a name every object has is not a preset", () => {
    expect(refusal("synth:constructor").message).toContain("constructor");
  });

  test.each(["synth:tiny@q5_1", "synth:tiny@", "synth:tiny@f16@f16"])(
    "an unknown weight format is refused with the known ones: %s",
    (spec) => {
      expect(refusal(spec).hint).toContain("synth:tiny@q4_0");
    },
  );

  test("only synth: names a synthetic model", () => {
    expect(isModelSpec("synth:tiny")).toBe(true);
    expect(isModelSpec("./tiny.gguf")).toBe(false);
  });
});

describe("presets", () => {
  /** Parameter counts as published on the model cards' safetensors summaries. */
  const published = {
    "smollm2-135m": 134_515_008,
    "qwen2.5-0.5b": 494_032_768,
    "llama-3.2-1b": 1_235_814_400,
    "llama-3.1-8b": 8_030_261_248,
  };

  test.each(Object.entries(published))("%s has exactly the published parameters", (name, count) => {
    const shape = presets[parseModelSpec(name).name];
    const parameters = modelTensors(shape).map((tensor) =>
      tensor.kind === "vector" ? tensor.length : tensor.rows * tensor.columns,
    );
    // One vector is ours: the bias that keeps forbidden tokens from being generated.
    const ours = shape.embedding;
    expect(parameters.reduce((a, b) => a + b, 0) - ours).toBe(count);
  });

  test.each(presetNames)("the rows of %s are whole words in every weight format", (name) => {
    for (const tensor of modelTensors(presets[name])) {
      if (tensor.kind === "weights") expect(tensor.columns % 64).toBe(0);
    }
  });
});
