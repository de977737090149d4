/** Looks at a model file before anything is loaded, so that the common mistakes have clear words. */

import { open } from "node:fs/promises";
import { messageOf, targetError } from "../../core/errors.ts";

/** @throws when the file cannot be read or does not start like a GGUF file */
export async function checkModelFile(path: string): Promise<void> {
  const start = await firstBytes(path);
  if (start.toString("latin1") === "GGUF") return;
  throw targetError(
    `${path} is not a GGUF model: it starts with ${JSON.stringify(start.toString("latin1"))}`,
    "make one with: plimsoll model synth tiny --out tiny.gguf",
  );
}

async function firstBytes(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw targetError(`cannot read the model: ${messageOf(error)}`, "check --model", error);
  }
}
