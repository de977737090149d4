import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHere } from "../support/memory-world.ts";
import { scratchFolder } from "../support/scratch.ts";

const folder = scratchFolder("refusals");
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

/** What is wrong with it, the options, and what the answer must say besides the file. */
const badScenarios: readonly (readonly [string, string, ...RegExp[]])[] = [
  [
    "a wrong type",
    '{ scenarios: { a: { executor: "constant-vus", vus: "3", duration: "1s" } } }',
    /scenarios\.a\.vus: expected a whole number from 1, got "3"/,
  ],
  ["options of the wrong type", "7", /expected an object/],
  [
    "an unknown executor",
    '{ scenarios: { a: { executor: "constant-arrivals" } } }',
    /scenarios\.a\.executor/,
    /did you mean "constant-arrival-rate"/i,
  ],
  ["a missing executor", "{ scenarios: { a: { vus: 3 } } }", /scenarios\.a\.executor/],
  [
    "a negative rate",
    '{ scenarios: { a: { executor: "constant-arrival-rate", rate: -5, duration: "1s", preAllocatedVUs: 1 } } }',
    /scenarios\.a\.rate: expected a whole number from 1, got -5/,
  ],
  [
    "a negative rate of a stage",
    '{ scenarios: { a: { executor: "ramping-arrival-rate", preAllocatedVUs: 1, stages: [{ target: -1, duration: "1s" }] } } }',
    /scenarios\.a\.stages\[0\]\.target: expected a whole number from 0, got -1/,
  ],
  [
    "a negative rate of a profile",
    '(() => ({ scenarios: { a: (0, require)("plimsoll").profiles.steady({ rate: -2 }) } }))',
    /rate/,
  ],
  [
    "no duration at all",
    '{ scenarios: { a: { executor: "constant-vus", vus: 1 } } }',
    /scenarios\.a\.duration: is missing/,
  ],
  [
    "a zero duration",
    '{ scenarios: { a: { executor: "constant-vus", vus: 1, duration: 0 } } }',
    /scenarios\.a\.duration: expected a duration of at least 1s/,
  ],
  ["a duration that is none", '{ vus: 1, duration: "soon" }', /duration: expected a duration/],
  [
    "missing VUs",
    '{ scenarios: { a: { executor: "constant-arrival-rate", rate: 5, duration: "1s" } } }',
    /scenarios\.a\.preAllocatedVUs: is missing/,
  ],
  [
    "no stages",
    '{ scenarios: { a: { executor: "ramping-vus", stages: [] } } }',
    /scenarios\.a\.stages/,
  ],
  [
    "a trace that is none",
    '{ scenarios: { a: { executor: "trace", trace: "t.jsonl" } } }',
    /scenarios\.a\.trace: expected what traces\.read/,
  ],
  [
    "a threshold with a bad expression",
    '{ thresholds: { ttft: ["p(95)<<3"] } }',
    /thresholds\["ttft"\]\[0\]: "p\(95\)<<3" is not a threshold/,
  ],
  [
    "a threshold on an unknown metric",
    '{ vus: 1, duration: "1s", thresholds: { tfft: ["p(95)<3"] } }',
    /tfft/,
    /ttft/,
  ],
  [
    "an unknown function",
    '{ scenarios: { a: { executor: "constant-vus", duration: "1s", exec: "ask" } } }',
    /exports no function "ask"/,
  ],
];

/** What is wrong with it, the trace's name and content, and what the answer must say. */
const badTraces: readonly (readonly [string, string, string, ...RegExp[]])[] = [
  ["an empty trace", "empty.jsonl", "", /empty\.jsonl/, /empty|no requests/],
  [
    "a malformed line of a trace",
    "bad.jsonl",
    '{"timestamp":0,"input_length":8,"output_length":4,"hash_ids":[1]}\n{"timestamp":\n',
    /bad\.jsonl:2/,
  ],
  [
    "a word for a time in a trace",
    "time.jsonl",
    '{"timestamp":"soon","input_length":8,"output_length":4,"hash_ids":[1]}\n',
    /time\.jsonl:1/,
  ],
];

/** What is typed, and what the answer must say: the problem and what to do about it. */
const refusals: readonly (readonly [string, readonly string[], ...RegExp[]])[] = [
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
  ...["parallel", "ctx", "threads", "server-bin", "server-arg"].map(
    (name) =>
      [
        `--${name} for a server that somebody else started`,
        ["run", "smoke", "--target", "http://127.0.0.1:1", `--${name}=1`],
        new RegExp(`--${name} is for a server that we start`),
      ] as const,
  ),
  [
    "an argument of llama-server for the embedded server",
    ["run", "smoke", "--server-arg=--mlock"],
    /--server-arg is for llama-server, and --target is embedded/,
  ],
  [
    "a header for a key that is not there",
    ["run", "smoke", "--target", "http://127.0.0.1:1", "--api-key-header", "X-API-Key"],
    /--api-key-header X-API-Key: there is no key/,
    /--api-key-env/,
  ],
  [
    "a header from a variable that is not set",
    ["run", "smoke", "--target", "http://127.0.0.1:1", "--header-env", "X-API-Key=NOT_SET_AT_ALL"],
    /environment variable NOT_SET_AT_ALL is not set/,
  ],
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
  ...badScenarios.map(([what, options, ...says]) => {
    const path = file(
      `${what.replaceAll(" ", "-")}.ts`,
      `export const options = ${options};\n${OK}`,
    );
    return [what, ["run", path], new RegExp(path), ...says] as const;
  }),
  ...badTraces.map(([what, name, content, ...says]) => {
    const trace = file(name, content);
    return [what, ["run", "replay", "-e", `TRACE=${trace}`], ...says] as const;
  }),
  ["an unknown gate", ["run", "steady", "--validity", "gc_shar=1"], /Did you mean gc_share/],
  ["a limit that is none", ["report", "x", "--validity", "gc_share=high"], /WARN\/LIMIT or off/],
  ["a limit without gate", ["run", "steady", "--validity", "0.5"], /expected KEY=VALUE/],
  ["a peak that is none", ["run", "steady", "--peak", "lots"], /--peak: expected a number/],
  ["workers that are none", ["run", "steady", "--workers", "many"], /--workers: expected a number/],
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
    const cwd = scratchFolder("secrets");
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
