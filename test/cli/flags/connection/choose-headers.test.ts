import { describe, expect, it } from "vitest";
import { chooseHeaders } from "../../../../src/cli/flags/connection/choose-headers.ts";
import { keepSecretsIn } from "../../../../src/cli/flags/secrets-in.ts";
import { parseFlags } from "../../../../src/cli/flags/flags.ts";
import { TARGET_FLAGS } from "../../../../src/cli/flags/target-flags.ts";
import { Secrets } from "../../../../src/core/secrets.ts";
import type { World } from "../../../../src/cli/world.ts";

const env = { TENANT: " acme-4711-secret\n", EMPTY: "", TWO: "one\r\nx-injected: two" };

function chosen(argv: readonly string[], key?: string): unknown {
  const secrets = new Secrets();
  const world = { env, secrets } as unknown as World;
  const headers = chooseHeaders(parseFlags(argv, TARGET_FLAGS).flags, key, world);
  return { headers, shown: secrets.hide("tenant acme-4711-secret") };
}

describe("the headers of every request", () => {
  it("have the key as a bearer token, or as it is in a header of its own", () => {
    expect(chosen([], "sk-1")).toMatchObject({ headers: { authorization: "Bearer sk-1" } });
    const { headers } = chosen(["--api-key-header", "X-API-Key"], "sk-1") as { headers: object };
    expect(headers).toEqual({ "x-api-key": "sk-1" });
  });

  it("take values from variables, and keep them secret", () => {
    const found = chosen(["--header-env", "X-Tenant=TENANT", "--header", "X-Plain: a"]);
    expect(found).toEqual({
      headers: { "x-tenant": "acme-4711-secret", "x-plain": "a" },
      shown: "tenant ***",
    });
  });

  it("are secret before anything is done with them, but for the name of the key's", () => {
    const argv = ["--header-env", "X-Tenant=TENANT", "--api-key-header", "X-API-Key"];
    const known = new Secrets();
    keepSecretsIn(parseFlags(argv, TARGET_FLAGS).flags.given(), env, known);
    expect(known.hide("acme-4711-secret in X-API-Key")).toBe("*** in X-API-Key");
  });

  it.each([
    [["--header-env", "X-Tenant=EMPTY"], /EMPTY is not set/],
    [["--header-env", "X-Tenant=TWO"], /more than one line/],
    [["--header-env", "X Tenant=TENANT"], /not the name of a header: X Tenant/],
    [["--header-env", "X-Tenant"], /expected KEY=VALUE/],
    [["--header-env", "x-tenant=TENANT", "--header", "X-Tenant: a"], /given by --header too/],
    [["--api-key-header", "X:Y"], /not the name of a header: X:Y/],
  ])("refuse %j", (argv, words) => {
    expect(() => chosen(argv, "sk-1")).toThrow(words);
  });
});
