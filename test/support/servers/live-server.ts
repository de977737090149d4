/** What live tests need: the real llama-server, and a model for it. */
import { cachedModel } from "../../../src/reference-server/model/cache.ts";
import { keptFolder } from "../kept-folder.ts";

/** The real binary; live tests that need it are skipped, and say so, without it. */
export const liveServer = process.env["LLAMA_SERVER_BIN"];

export const liveServerMissing = liveServer === undefined || liveServer === "";

/** For the name of what is skipped. */
export const liveServerNote = liveServerMissing
  ? " (skipped: LLAMA_SERVER_BIN names no llama-server)"
  : "";

/** A small synthetic model, made once per machine. */
export function liveModel(): Promise<string> {
  return cachedModel("synth:tiny", keptFolder("models"));
}
