/** Whether a server's address is one of this machine: client and server then share its cores. */
import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";

/** Undefined when the name of the host cannot be resolved here. */
export async function isThisMachine(url: string): Promise<boolean | undefined> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  try {
    const found = await lookup(host, { all: true });
    return found.some(({ address }) => isLoopback(address) || ownAddresses().has(address));
  } catch {
    return undefined;
  }
}

function isLoopback(address: string): boolean {
  return /^(127\.|::1$|::ffff:127\.|0\.0\.0\.0$|::$)/.test(address);
}

function ownAddresses(): ReadonlySet<string> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(all.map(({ address }) => address));
}
