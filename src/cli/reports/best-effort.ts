/** Files that follow from a verdict: one that cannot be written is named, and costs nothing else. */
import { exitCodes, PlimsollError } from "../../core/errors.ts";
import type { World } from "../world.ts";

/** @throws what is not about writing */
export async function bestEffort(
  { stderr }: Pick<World, "stderr">,
  write: () => Promise<unknown>,
): Promise<void> {
  try {
    await write();
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError) || thrown.exitCode !== exitCodes.cannotWrite)
      throw thrown;
    const { message, hint } = thrown;
    stderr.write(`plimsoll: ${message}\n${hint === undefined ? "" : `  ${hint}\n`}`);
  }
}
