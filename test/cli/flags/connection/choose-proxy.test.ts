import { describe, expect, it } from "vitest";
import { chooseProxy } from "../../../../src/cli/flags/connection/choose-proxy.ts";
import { PlimsollError } from "../../../../src/core/errors.ts";

type Env = Readonly<Record<string, string>>;

/** `host:port (where it was named)`. */
function chosen(target: string, env: Env, asked?: string): string | undefined {
  const found = chooseProxy(new URL(target), asked, env);
  return found && `${found.proxy.host}:${found.proxy.port} (${found.source})`;
}

const SERVER = "http://llm.example:8000";

describe("the proxy of a target", () => {
  it.each<[string, string, Env, string | undefined]>([
    ["is none where none is named", SERVER, {}, undefined],
    ["goes by the scheme", SERVER, { HTTP_PROXY: "http://p:3128" }, "p:3128 (HTTP_PROXY)"],
    ["of another scheme is not used", SERVER, { HTTPS_PROXY: "http://p:3128" }, undefined],
    [
      "of https is that of HTTPS_PROXY",
      "https://llm.example",
      { HTTPS_PROXY: "http://p:80", ALL_PROXY: "http://q:1" },
      "p:80 (HTTPS_PROXY)",
    ],
    ["may be for all schemes", SERVER, { ALL_PROXY: "q:1" }, "q:1 (ALL_PROXY)"],
    [
      "in small letters comes first",
      SERVER,
      { http_proxy: "http://small", HTTP_PROXY: "http://big" },
      "small:1080 (http_proxy)",
    ],
    ["that is empty is none", SERVER, { http_proxy: "", HTTP_PROXY: "" }, undefined],
    ["of loopback is none", "http://127.0.0.1:8080", { ALL_PROXY: "q:1" }, undefined],
    ["of localhost is none", "http://localhost:8080", { ALL_PROXY: "q:1" }, undefined],
    ["of IPv6 loopback is none", "http://[::1]:8080", { ALL_PROXY: "q:1" }, undefined],
    [
      "may have an IPv6 address",
      SERVER,
      { ALL_PROXY: "http://[fd00::1]:8" },
      "fd00::1:8 (ALL_PROXY)",
    ],
  ])("%s", (_what, target, env, expected) => {
    expect(chosen(target, env)).toBe(expected);
  });

  it("that is asked for is used for loopback too, and before the variables", () => {
    const env = { ALL_PROXY: "http://q:1" };
    expect(chosen("http://127.0.0.1:8080", env, "p:3128")).toBe("p:3128 (--proxy)");
    expect(chosen(SERVER, env, "http://p:3128/")).toBe("p:3128 (--proxy)");
    expect(chosen(SERVER, env, "")).toBeUndefined();
  });

  it.each([
    ["*", SERVER, true],
    ["llm.example", SERVER, true],
    ["LLM.example", SERVER, true],
    [".example", SERVER, true],
    ["example", SERVER, true],
    ["a.b, example ,c", SERVER, true],
    ["a.b example", SERVER, true],
    ["m.example", SERVER, false],
    ["llm.example.org", SERVER, false],
    ["10.0.0.7", "http://10.0.0.7", true],
    ["10.0.0.0/8", "http://10.9.9.9", true],
    ["10.0.0.0/8", "http://11.0.0.1", false],
    ["10.0.0.0/99", "http://10.0.0.1", false],
    ["[fd00::1]", "http://[fd00::1]:8080", true],
    ["fd00::/8", "http://[fd12::1]:8080", true],
    ["fd00::/8", "http://[fe80::1]:8080", false],
    ["0.0.7", "http://10.0.0.7", false],
  ])("NO_PROXY=%s for %s: no proxy is %s", (list, target, none) => {
    const env = { ALL_PROXY: "http://q:1", NO_PROXY: list };
    expect(chosen(target, env) === undefined).toBe(none);
    // As with curl, also where one is asked for.
    expect(chosen(target, { no_proxy: list }, "http://p:1") === undefined).toBe(none);
  });

  it("is given what its URL has before the @, whose parts are secrets", () => {
    const found = chooseProxy(new URL(SERVER), "http://me:p%40ss@p:3128", {});
    const basic = Buffer.from("me:p@ss").toString("base64");
    expect(found?.proxy).toEqual({ host: "p", port: 3128, authorization: `Basic ${basic}` });
    expect(found?.secrets).toEqual(["p%40ss", "p@ss", basic]);
  });

  it.each(["socks5://p:1080", "https://p:443", "http://", "p:99999", "http://me:secret@"])(
    "is refused as %s, by the name of where it stands and without its value",
    (text) => {
      const refuse = (): unknown => chooseProxy(new URL(SERVER), undefined, { ALL_PROXY: text });
      expect(refuse).toThrow(PlimsollError);
      expect(refuse).toThrow(/^ALL_PROXY does not name an HTTP proxy/);
    },
  );
});
