import { networkInterfaces } from "node:os";
import { expect, it } from "vitest";
import { isThisMachine } from "../../../src/session/run/same-machine.ts";

const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);

it.each([
  "http://127.0.0.1:8080",
  "http://localhost:8080/v1",
  "http://[::1]:8080",
  "http://0.0.0.0:1",
])("%s is this machine", async (url) => {
  expect(await isThisMachine(url)).toBe(true);
});

it("so is every address of its own", async () => {
  for (const { address, family, scopeid } of own) {
    if (family === "IPv6" && scopeid !== 0) continue; // link-local addresses need a zone
    const host = family === "IPv6" ? `[${address}]` : address;
    expect(await isThisMachine(`http://${host}:8080`), address).toBe(true);
  }
});

it("another address is not", async () => {
  expect(await isThisMachine("http://192.0.2.1:8080")).toBe(false);
});

it("a name that does not resolve is not known", async () => {
  expect(await isThisMachine("http://no-such-host.invalid:8080")).toBeUndefined();
});
