/** What a person waits before anything happens, and what writing a model costs. */
import { spawn, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { originNow, systemClock } from "../src/core/clock.ts";
import { cachedModel } from "../src/reference-server/model/cache.ts";
import { openReference } from "./reference-server.ts";
import type { BenchTable } from "./table.ts";
import { median, PROGRAM } from "./world.ts";
import { scratchFolder } from "./scratch.ts";

const clock = systemClock(originNow());
const STARTS = 11;

export async function startUp(): Promise<BenchTable> {
  const folder = scratchFolder("bench");
  try {
    const help = Array.from({ length: STARTS }, () => timeOf(["--help"]));
    const model = await cachedModel("synth:tiny", join(tmpdir(), "plimsoll-bench-models"));
    const ready: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      const server = await openReference("embedded", model, 4);
      ready.push(server.readyMs);
      await server.stop();
    }
    const written = await writeModel(join(folder, "model.gguf"));
    return {
      title: "Start-up and the model writer",
      rows: [
        { what: "plimsoll --help, median", value: Math.round(median(help)), unit: "ms", aim: 150 },
        {
          what: "embedded server to ready",
          value: Math.round(median(ready)),
          unit: "ms",
          aim: 2000,
        },
        { what: "model synth, smollm2-135m@q8_0", value: written.rate, unit: "MB/s" },
        { what: "peak memory of it", value: written.peak, unit: "MB", aim: 300 },
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function timeOf(args: readonly string[]): number {
  const started = clock.now();
  spawnSync(process.execPath, [PROGRAM, ...args], { stdio: "ignore" });
  return clock.now() - started;
}

/** In a child, whose peak memory the system tells when it has ended. */
async function writeModel(file: string): Promise<{ rate: number; peak: number }> {
  const source = `
    import { synthesize } from ${JSON.stringify(new URL("../src/reference-server/model/synthesize.js", import.meta.url).href)};
    import { parseModelSpec } from ${JSON.stringify(new URL("../src/reference-server/model/preset.js", import.meta.url).href)};
    const began = performance.now();
    const { bytes } = await synthesize({ ...parseModelSpec("synth:smollm2-135m@q8_0"), file: ${JSON.stringify(file)} });
    const seconds = (performance.now() - began) / 1000;
    console.log(JSON.stringify({ rate: bytes / 1e6 / seconds, peak: process.resourceUsage().maxRSS / 1e3 }));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  await new Promise((resolve) => child.once("close", resolve));
  const { rate, peak } = JSON.parse(text) as { rate: number; peak: number };
  return { rate: Math.round(rate), peak: Math.round(peak) };
}
