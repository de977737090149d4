/** `plimsoll doctor`: what this machine can measure, and how well. */
import { loadavg } from "node:os";
import { exitCodes, messageOf, targetError, usageError } from "../../core/errors.ts";
import { calibrate } from "../../session/calibrate/calibrate.ts";
import { storeCalibration } from "../../session/calibrate/calibration.ts";
import { doctorText } from "../terminal/doctor-text.ts";
import { httpCeiling, type HttpCeiling } from "../../session/calibrate/http-ceiling.ts";
import { takeInventory } from "../../session/calibrate/inventory.ts";
import { lookForSources } from "../../session/calibrate/telemetry-sources.ts";
import type { Call } from "../command.ts";
import type { Flags } from "../flags/flags.ts";
import { remoteOf } from "../flags/telemetry-flags.ts";
import { versionOf } from "../version.ts";
import { describeEnvironment } from "../../session/run/environment.ts";

export async function doctor({ flags, world }: Call): Promise<number> {
  const url = targetOf(flags);
  const say = (text: string): void => {
    if (!flags.on("quiet")) world.stderr.write(`measuring: ${text}\n`);
  };
  const [load = 0] = loadavg();
  const environment = describeEnvironment(versionOf(world), world.nodeVersion);
  const calibration = await calibrate(world, environment, say);
  if (url !== undefined) say(url);
  const target = url === undefined ? {} : { target: await targetCeiling(url) };
  const file = await storeCalibration(world.cacheDir, calibration);
  const inventory = takeInventory(world, load);
  say("sources of telemetry");
  const sources = await lookForSources(world, url, remoteOf(flags));
  const diagnosis = { environment, calibration, inventory, sources, ...target, file };
  world.stdout.write(
    flags.on("json") ? `${JSON.stringify(diagnosis, null, 2)}\n` : doctorText(diagnosis),
  );
  return exitCodes.passed;
}

function targetOf(flags: Flags): string | undefined {
  const text = flags.text("target");
  if (text === undefined) return undefined;
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text.replace(/\/$/, "");
  throw usageError(
    `--target: "${text}" is not a URL`,
    "doctor looks at a running server: --target http://127.0.0.1:8080",
  );
}

async function targetCeiling(base: string): Promise<HttpCeiling> {
  const url = `${base}/health`;
  try {
    return await httpCeiling(url, 2);
  } catch (thrown) {
    throw targetError(
      `${url}: ${messageOf(thrown)}`,
      "Is the server running, and is it this URL?",
      thrown,
    );
  }
}
