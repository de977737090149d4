import { describe, expect, it } from "vitest";
import { concealCommand } from "../../../src/cli/flags/conceal.ts";

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
  ])("%j has no secrets in it", (argv, kept) => {
    expect(concealCommand(argv, [])).toEqual(kept);
  });

  it("has none of those that are known either, wherever they stand", () => {
    expect(concealCommand(["--server-arg=--api-key=sk-1"], ["sk-1"])).toEqual([
      "--server-arg=--api-key=***",
    ]);
  });
});
