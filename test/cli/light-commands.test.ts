/** What a command is called with is light: its help must not wait for what measures to be loaded. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const CLI = fileURLToPath(new URL("../../src/cli/", import.meta.url));
const commands = readdirSync(resolve(CLI, "commands"));

/** Files and packages that loading this file loads: static imports that are not only types. */
function loadedBy(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, names = "", from = ""] of text.matchAll(
    /^(?:import|export) ([^;]*?)from "([^"]+)";/gms,
  )) {
    if (names.startsWith("type ")) continue;
    if (from.startsWith(".")) loadedBy(resolve(dirname(file), from), found);
    else found.add(from);
  }
  return found;
}

describe("the help of a command", () => {
  it.each(commands)("commands/%s loads few files, and nothing that measures", (name) => {
    const loaded = [...loadedBy(resolve(CLI, "commands", name))];
    expect(loaded.length).toBeLessThan(100);
    expect(loaded.filter((file) => /src\/(load|observe|cli\/actions)\//.test(file))).toEqual([]);
    expect(loaded).not.toContain("zod");
    expect(loaded).not.toContain("jiti");
  });

  it("would be told from what the command does, which loads hundreds", () => {
    expect(loadedBy(resolve(CLI, "actions/run.ts")).size).toBeGreaterThan(200);
  });
});
