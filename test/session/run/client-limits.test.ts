import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkClientLimits, clientLimits } from "../../../src/session/run/client-limits.ts";
import { codeOf, ownLimit, ownLimitIn } from "../../../src/core/own-limits.ts";
import type { Plan } from "../../../src/scenario/plan.ts";
import { scratchFolder } from "../../support/scratch.ts";

function rootWith(files: Readonly<Record<string, string>>): string {
  const root = scratchFolder("limits");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const users = (executor: object): Plan =>
  ({ scenarios: [{ startTime: 0, executor }] }) as unknown as Plan;
const crowd = users({ executor: "shared-iterations", vus: 300, iterations: 900, maxDuration: 1e3 });
const openLoop = users({ executor: "trace", maxVUs: 300, duration: 1000 });

describe("the limits of a client", () => {
  it("are read from the kernel: open files and local ports", () => {
    const root = rootWith({
      "proc/self/limits":
        "Limit  Soft Limit  Hard Limit  Units\nMax open files  230  4096  files\n",
      "proc/sys/net/ipv4/ip_local_port_range": "32768\t60999\n",
      "proc/self/fd/0": "",
      "proc/self/fd/1": "",
    });
    expect(clientLimits(root)).toEqual({
      files: { most: 230, open: 2 },
      ports: { count: 28_232, range: "32768 to 60999" },
    });
  });

  it("are not guessed where there is no such kernel", () => {
    expect(clientLimits(rootWith({}))).toEqual({});
    expect(checkClientLimits({ plan: crowd, workers: 1, usesPorts: true }, {})).toEqual([]);
  });

  it("of ports do not matter to a unix socket", () => {
    const ports = { count: 80, range: "40000 to 40079" };
    const check = (usesPorts: boolean) => () =>
      checkClientLimits({ plan: crowd, workers: 1, usesPorts }, { ports });
    expect(check(true)).toThrow(/300 users: it may have 80 connections/);
    expect(check(false)()).toEqual([]);
  });

  it("only warn of users that an open loop may never start", () => {
    const ports = { count: 80, range: "40000 to 40079" };
    const notes = checkClientLimits({ plan: openLoop, workers: 1, usesPorts: true }, { ports });
    expect(notes).toMatchObject([{ code: "client_limits" }]);
    expect(notes[0]?.message).toMatch(/up to 300 users.*80 connections.*ip_local_port_range/);
  });
});

describe("an error of the operating system", () => {
  const coded = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

  it("is our own when files, ports, buffers or memory have run out", () => {
    for (const code of ["EMFILE", "ENFILE", "EADDRNOTAVAIL", "ENOBUFS", "ENOMEM"])
      expect(ownLimit(code)?.lift, code).toMatch(/ulimit|sysctl|memory/);
    expect(ownLimit("ECONNREFUSED")).toBeUndefined();
  });

  it("is known by its words where its code was lost", () => {
    expect(ownLimitIn("EMFILE: too many open files, open 'x'")).toBe(ownLimit("EMFILE"));
    expect(ownLimitIn("EMBARRASSING: no code")).toBeUndefined();
  });

  it("of several addresses is the server's, if one of them is", () => {
    const both = new AggregateError([coded("EADDRNOTAVAIL"), coded("ECONNREFUSED")]);
    expect(codeOf(Object.assign(both, { code: "EADDRNOTAVAIL" }))).toBe("ECONNREFUSED");
    expect(codeOf(new AggregateError([coded("EMFILE"), coded("EMFILE")]))).toBe("EMFILE");
    expect(codeOf(new Error("wrapped", { cause: coded("ENOBUFS") }))).toBe("ENOBUFS");
  });
});
