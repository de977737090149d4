import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHere } from "../support/memory-world.ts";

const folder = mkdtempSync(join(tmpdir(), "plimsoll-refusals-"));
function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const GGUF_CUT = Buffer.concat([
  Buffer.from("GGUF"),
  Buffer.from([3, 0, 0, 0]),
  Buffer.alloc(20, 9),
]);
const OK = "export default async () => {};\n";

/** What is typed, and what the answer must say: the problem and what to do about it. */
const refusals: readonly [string, readonly string[], ...RegExp[]][] = [
  ["an unknown command", ["runn"], /unknown command "runn"/, /Did you mean "run"/],
  ["half a command", ["server"], /unknown command "server"/, /server build, server which/],
  ["an unknown flag", ["run", "steady", "--targt", "x"], /unknown flag --targt/, /--target/],
  ["a flag without its value", ["run", "steady", "--target"], /--target needs a value/],
  ["a value for a switch", ["run", "steady", "--json=yes"], /--json takes no value/],
  ["a missing scenario", ["run"], /<scenario> is missing/, /Usage: plimsoll run/],
  ["a surplus argument", ["run", "steady", "again"], /unexpected argument "again"/],
  ["an unknown scenario", ["run", "stedy"], /no scenario stedy/, /Did you mean "steady"/],
  ["a bad duration", ["run", "steady", "--duration", "5x"], /not a duration/, /30s/],
  ["a negative count", ["run", "steady", "--vus", "-1"], /--vus: expected a number/],
  ["half a virtual user", ["run", "steady", "--vus", "1.5"], /--vus: expected a whole number/],
  ["a parameter without value", ["run", "steady", "-e", "X"], /--env: expected KEY=VALUE/],
  ["a target that is none", ["run", "steady", "--target", "foo"], /neither embedded/, /URL/],
  ["an unknown API", ["run", "steady", "--api", "chatt"], /no API "chatt"/, /Did you mean chat\?/],
  ["a missing model", ["run", "steady", "--model", "no.gguf"], /no model file/, /synth:tiny/],
  [
    "random bytes as a model",
    ["run", "steady", "--model", file("random.gguf", Buffer.alloc(5000, 7))],
    /not a usable GGUF file/,
  ],
  ["a cut model", ["run", "steady", "--model", file("cut.gguf", GGUF_CUT)], /GGUF/],
  ["an unknown synthetic model", ["run", "steady", "--model", "synth:x"], /synth:tiny/],
  ["a key variable that is not set", ["run", "steady", "--api-key-env", "K"], /K is not set/],
  ["no llama-server anywhere", ["run", "steady", "--target", "llama-server"], /server build/],
  [
    "an unknown key in a scenario",
    ["run", file("key.ts", `export const options = { vuss: 1 };\n${OK}`)],
    /unknown key "vuss"/,
    /did you mean "vus"/i,
  ],
  ["a scenario with a syntax error", ["run", file("syntax.ts", "export default (")], /syntax\.ts/],
  ["a scenario that throws", ["run", file("throw.ts", `null.x;\n${OK}`)], /throw\.ts:1/],
  ["a report of a run that is not there", ["report", "nope"], /no run nope/],
  ["an unknown report format", ["report", "nope", "--format", "htm"], /Did you mean html/],
  ["a model without a place", ["model", "synth", "tiny"], /--out FILE is missing/],
];

describe("the command line refuses, before anything starts,", () => {
  it.each(refusals.map(([what, argv, ...says]) => ({ what, argv, says })))(
    "$what, says why and what to do, and ends with 2",
    async ({ argv, says }) => {
      const { code, stdout, stderr } = await runHere(argv);
      expect(code).toBe(2);
      expect(stdout).toBe("");
      for (const pattern of says) expect(stderr).toMatch(pattern);
      expect(stderr).not.toMatch(/\n\s+at /); // no stack trace
    },
  );
});

describe("the command line", () => {
  it("prints its help and version on stdout", async () => {
    expect((await runHere(["--help"])).stdout).toMatch(/plimsoll <command>/);
    expect((await runHere(["run", "--help"])).stdout).toMatch(/--target TARGET/);
    expect((await runHere(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("says which target cannot be reached, ends with 6, and keeps the run", async () => {
    const { code, stderr } = await runHere(["run", "smoke", "--target", "http://127.0.0.1:1"]);
    expect(code).toBe(6);
    expect(stderr).toMatch(/connection refused/);
    expect(stderr).toMatch(/the run is kept in reports/);
  });

  it("never shows a key or a password, nor writes it into the run", async () => {
    const env = { KEY: "sk-very-secret" };
    const cwd = mkdtempSync(join(tmpdir(), "plimsoll-secrets-"));
    const argv = ["run", "smoke", "--target", "http://me:hunter2@127.0.0.1:1"];
    const headers = ["--header", "x-token: tok-secret", "--header=x-other:other-secret"];
    const more = ["--api-key-env", "KEY", "-e", "API_TOKEN=env-secret", "--json"];
    const { stdout, stderr } = await runHere([...argv, ...headers, ...more], { env, cwd });
    const [id = ""] = readdirSync(join(cwd, "reports"));
    const kept = readdirSync(join(cwd, "reports", id)).map((name) =>
      readFileSync(join(cwd, "reports", id, name), "utf8"),
    );
    expect(kept.length).toBeGreaterThan(3);
    const everything = [stdout, stderr, ...kept].join("\n");
    expect(everything).toContain("x-token: ***");
    for (const secret of ["sk-very", "hunter2", "tok-secret", "other-secret", "env-secret"]) {
      expect(everything).not.toContain(secret);
    }
  });
});
