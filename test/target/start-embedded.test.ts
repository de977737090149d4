import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { EmbeddedSpec, RunningTarget } from "../../src/target/spec.ts";
import { startTarget } from "../../src/target/start-target.ts";
import { liveModel } from "../support/servers/live-server.ts";
import { isRunning, testWorld } from "../support/target-world.ts";
import { scratchFolder } from "../support/scratch.ts";

describe("the embedded server as a target", () => {
  let folder: string;

  beforeAll(() => {
    folder = scratchFolder("embedded");
  });

  function start(model: string, apiKey: string): Promise<RunningTarget> {
    const spec: EmbeddedSpec = {
      kind: "embedded",
      model,
      parallel: 3,
      ctxPerSlot: 512,
      threads: 1,
      apiKey,
    };
    return startTarget(spec, testWorld(join(folder, "server.log")));
  }

  it("starts with the slots, the context and the key it was given, and ends when stopped", async () => {
    const target = await start(await liveModel(), "sk-embedded");
    try {
      expect(target.warnings).toEqual([]);
      expect(target.identity).toMatchObject({
        kind: "embedded",
        server: "plimsoll",
        slots: 3,
        contextTokens: 512,
      });
      expect(JSON.stringify(target.identity)).not.toContain("sk-embedded");
      expect((await fetch(`${target.baseUrl}/v1/models`)).status).toBe(401);
    } finally {
      await target.stop();
    }
    expect(isRunning(target.identity.pid!)).toBe(false);
    expect(await target.exited).toMatchObject({ code: 0, expected: true });
  });

  it("says so when the model is none", async () => {
    const noModel = join(folder, "none.gguf");
    writeFileSync(noModel, "this is text");
    await expect(start(noModel, "sk-embedded")).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining("not a usable GGUF file") as string,
    });
  });
});
