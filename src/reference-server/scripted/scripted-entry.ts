/**
 * The scripted server, a program of its own, so that its work is not the client's. Arguments: the
 * clock's origin as JSON, optionally a port, optionally a default script as JSON. Ends when its
 * standard input does.
 */
import { originNow, systemClock, type ClockOrigin } from "../../core/clock.ts";
import { listenScripted } from "./listen-scripted.ts";
import type { StreamScript } from "./stream-script.ts";

const [origin, port = "0", defaults = "{}"] = process.argv.slice(2);

const end = (): void => {
  process.exit(0);
};
process.stdin.on("end", end).on("error", end).resume();

const server = await listenScripted({
  clock: systemClock(origin === undefined ? originNow() : (JSON.parse(origin) as ClockOrigin)),
  port: Number(port),
  defaults: JSON.parse(defaults) as Partial<StreamScript>,
});
process.stdout.write(`listening on ${server.url}\n`);
