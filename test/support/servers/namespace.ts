/**
 * A second network namespace with a cable to ours, where the machine lets us make one (root, Linux,
 * iproute2): another machine as far as the network is concerned.
 */
import { spawnSync } from "node:child_process";

export interface Elsewhere {
  /** Its address as seen from here. */
  readonly address: string;
  /** Words before a command line that run it there. */
  readonly prefix: readonly string[];
  readonly remove: () => void;
}

const HERE = "10.213.77.1";
const THERE = "10.213.77.2";

/** Undefined where this machine does not let us. */
export function makeNamespace(): Elsewhere | undefined {
  const name = `plimsoll-${String(process.pid)}`;
  const [near, far] = [`pl${String(process.pid)}a`, `pl${String(process.pid)}b`];
  const ip = (...words: readonly string[]): boolean =>
    spawnSync("ip", words, { stdio: "ignore" }).status === 0;
  const remove = (): void => {
    ip("netns", "del", name); // and with it the far end, and with that the near end
    ip("link", "del", near);
  };
  const made =
    ip("netns", "add", name) &&
    ip("link", "add", near, "type", "veth", "peer", "name", far) &&
    ip("link", "set", far, "netns", name) &&
    ip("addr", "add", `${HERE}/30`, "dev", near) &&
    ip("link", "set", near, "up") &&
    ip("-n", name, "addr", "add", `${THERE}/30`, "dev", far) &&
    ip("-n", name, "link", "set", far, "up") &&
    ip("-n", name, "link", "set", "lo", "up");
  if (made) return { address: THERE, prefix: ["ip", "netns", "exec", name], remove };
  remove();
  return undefined;
}
