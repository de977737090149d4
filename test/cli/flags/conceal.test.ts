import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COMPARE_FLAGS } from "../../../src/cli/flags/margins.ts";
import { parseFlags, type FlagTable } from "../../../src/cli/flags/flags.ts";
import { concealCommand } from "../../../src/cli/flags/conceal.ts";
import { REQUEST_FLAGS } from "../../../src/cli/flags/request-flags.ts";

const TABLE: FlagTable = {
  ...REQUEST_FLAGS,
  ...COMPARE_FLAGS,
  a: { kind: "text", about: "" },
  b: { kind: "text", about: "" },
  quiet: { kind: "switch", about: "", short: "q" },
};

function kept(argv: readonly string[]): readonly string[] {
  return concealCommand(argv, parseFlags(argv, TABLE).flags.given());
}

describe("a command line that is kept", () => {
  it.each<[readonly string[], readonly string[]]>([
    [
      ["run", "x", "--header", "x-token: tok", "--header=a:b"],
      ["run", "x", "--header", "x-token: ***", "--header=a: ***"],
    ],
    [
      ["-e", "API_KEY=k", "--env=PEAK=3"],
      ["-e", "API_KEY=***", "--env=PEAK=3"],
    ],
    [["-eAPI_KEY=k"], ["-eAPI_KEY=***"]],
    [["-qeAPI_KEY=k=2"], ["-qeAPI_KEY=***"]],
    [
      ["--target", "https://me:p@ss@host/x"],
      ["--target", "https://***@host/x"],
    ],
    [
      ["--proxy", "me:p@ss@proxy:1"],
      ["--proxy", "***@proxy:1"],
    ],
    [["--proxy=http://me:p@ss@proxy:1"], ["--proxy=http://***@proxy:1"]],
    [
      ["--proxy", "http://proxy:1"],
      ["--proxy", "http://proxy:1"],
    ],
    [
      ["ab", "x", "--a", 'http://h --header "x-token: a secret" --proxy me:pw@p:1 --ctx 512'],
      ["ab", "x", "--a", 'http://h --header "x-token: ***" --proxy ***@p:1 --ctx 512'],
    ],
    [["--b=http://me:pw@h --header x:y"], ['--b=http://***@h --header "x: ***"']],
  ])("%j has no secrets in it", (argv, shown) => {
    expect(kept(argv)).toEqual(shown);
  });

  it("hides a secret parameter in every way in which the parser takes it", () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9=:@/.-]{6,20}$/);
    const name = fc.constantFrom("API_KEY", "token", "MY_PASSWORD", "auth");
    fc.assert(
      fc.property(secret, name, fc.array(fc.constantFrom("run", "-q", "-ePEAK=3")), (...drawn) => {
        const [value, parameter, others] = drawn;
        const pair = `${parameter}=${value}`;
        for (const words of [["-e", pair], [`-e${pair}`], [`--env=${pair}`], ["--env", pair]]) {
          const argv = [...others, ...words];
          expect(parseFlags(argv, TABLE).flags.all("env")).toContain(pair);
          const hidden = words.map((word) => word.replace(pair, `${parameter}=***`));
          expect(kept(argv)).toEqual([...others, ...hidden]);
        }
      }),
    );
  });
});
