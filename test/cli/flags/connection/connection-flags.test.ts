/** Flags that say how to connect: what is refused before anything starts, and what is said aloud. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { failureKinds } from "../../../../src/core/request-record.ts";
import { issue, makeAuthority } from "../../../support/servers/certificates.ts";
import { envApiKey } from "../../../../src/cli/flags/connection/read-api-key.ts";
import { runHere } from "../../../support/memory-world.ts";
import { scratchFolder } from "../../../support/scratch.ts";
import { CONNECTION_FLAGS } from "../../../../src/cli/flags/connection/connection-flags.ts";

const cwd = scratchFolder("connect");
const HTTPS = ["run", "smoke", "--target", "https://127.0.0.1:1"];
const HTTP = ["run", "smoke", "--target", "http://127.0.0.1:1"];

beforeAll(async () => {
  const authority = await makeAuthority();
  const mine = await issue(authority);
  const other = await issue(authority);
  const broken = mine.cert.replace(/\n[A-Za-z0-9+/]{20}/, "\nAAAAAAAAAAAAAAAAAAAA");
  const files = {
    "ca.pem": authority.cert,
    "mine.pem": mine.cert,
    "mine.key": mine.key,
    "other.key": other.key,
    "both.pem": `${mine.cert}\n${mine.key}`,
    "broken.pem": broken,
    "broken.key": mine.key.replace(/\n[A-Za-z0-9+/]{20}/, "\nAAAAAAAAAAAAAAAAAAAA"),
    "words.pem": "not a certificate\n",
    "key.txt": "sk-from-file\n",
    "empty.txt": "\n",
    "two.txt": "one\ntwo\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
});

it("the page about connections has every flag, and the help too", async () => {
  const page = readFileSync(new URL("../../../../docs/connections.md", import.meta.url), "utf8");
  const { stdout } = await runHere(["run", "--help"]);
  for (const flag of [
    ...Object.keys(CONNECTION_FLAGS),
    ...["api-key-env", "api-key-file", "api-key-header", "header-env"],
  ]) {
    expect(page).toMatch(new RegExp(`^\\| .--${flag}[ \`]`, "m"));
    expect(stdout).toContain(`--${flag}`);
  }
  for (const kind of failureKinds.filter((name) => name.includes("connect"))) {
    expect(page).toContain(`\n| \`${kind}\``);
  }
});

describe("the command line refuses, before anything starts,", () => {
  it.each<[string, readonly string[], ...RegExp[]]>([
    ["no such file", [...HTTPS, "--cacert", "no.pem"], /--cacert no\.pem: .*ENOENT/],
    [
      "a file without PEM",
      [...HTTPS, "--cacert", "words.pem"],
      /words\.pem: there is no cert/,
      /PEM/,
    ],
    ["a broken certificate", [...HTTPS, "--cacert", "broken.pem"], /certificate 1 in it is broken/],
    ["a certificate without key", [...HTTPS, "--cert", "mine.pem"], /no private key/, /--key FILE/],
    [
      "another certificate's key",
      [...HTTPS, "--cert", "mine.pem", "--key", "other.key"],
      /--key other\.key: the key is not that of the certificate in --cert mine\.pem/,
    ],
    ["a broken key", [...HTTPS, "--cert", "mine.pem", "--key", "broken.key"], /key is broken/],
    ["a key alone", [...HTTPS, "--key", "mine.key"], /--key is given without --cert/],
    ["trust in two ways", [...HTTPS, "--cacert", "ca.pem", "--insecure"], /contradict/],
    ["TLS flags without TLS", [...HTTP, "--insecure"], /--insecure is for TLS/, /https:\/\//],
    [
      "a socket for our own server",
      ["run", "smoke", "--target", "embedded", "--unix-socket", "x"],
      /URL/,
    ],
    ["a proxy for our own server", ["run", "smoke", "--proxy", "http://p"], /running server/],
    ["a socket and a proxy", [...HTTP, "--unix-socket", "x", "--proxy", "p:1"], /contradict/],
    [
      "a socket's path that is too long",
      ["run", "smoke", "--unix-socket", "x".repeat(200)],
      /103 bytes/,
    ],
    [
      "a proxy of another kind",
      [...HTTP, "--proxy", "socks5://p"],
      /--proxy does not name/,
      /HOST/,
    ],
    [
      "two places for a key",
      [...HTTP, "--api-key-env", "K", "--api-key-file", "key.txt"],
      /give one/,
    ],
    ["no key file", [...HTTP, "--api-key-file", "no.txt"], /no\.txt: .*ENOENT/],
    ["an empty key file", [...HTTP, "--api-key-file", "empty.txt"], /is empty/],
    ["a key file of two lines", [...HTTP, "--api-key-file", "two.txt"], /more than a key/],
    ["a key variable of white space", [...HTTP, "--api-key-env", "BLANK"], /BLANK is empty/, /Set/],
    ["a key variable of two lines", [...HTTP, "--api-key-env", "TWO"], /TWO holds more than a key/],
  ])("%s, and ends with 2", async (_what, argv, ...says) => {
    const env = { BLANK: " \r\n", TWO: "sk-one\nsk-two" };
    const { code, stderr } = await runHere(argv, { cwd, env });
    expect(code, stderr).toBe(2);
    for (const pattern of says) expect(stderr).toMatch(pattern);
    expect(stderr).not.toContain("sk-one");
    expect(readdirSync(cwd)).not.toContain("reports");
  });
});

describe("a key in a variable", () => {
  it("is what is there without the white space around it", () => {
    expect(envApiKey("K", { K: "sk-1" })).toBe("sk-1");
    expect(envApiKey("K", { K: " \tsk-1\r\n" })).toBe("sk-1");
  });
});

describe("a run", () => {
  const runIn = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const folder = scratchFolder("connect");
    const files = argv.map((word) => (/\.(pem|key|txt)$/.test(word) ? join(cwd, word) : word));
    const ran = await runHere(files, { cwd: folder, env });
    const [id = ""] = readdirSync(join(folder, "reports"));
    const kept = readdirSync(join(folder, "reports", id)).map((name) =>
      readFileSync(join(folder, "reports", id, name), "utf8"),
    );
    return { ...ran, kept: kept.join("\n") };
  };

  it("takes a certificate and its key from two files or one", async () => {
    for (const flags of [
      ["--cert", "mine.pem", "--key", "mine.key"],
      ["--cert", "both.pem"],
    ]) {
      const { code, stderr } = await runIn([...HTTPS, "--cacert", "ca.pem", ...flags]);
      expect(stderr).toMatch(/connection refused/);
      expect(code).toBe(6);
    }
  });

  it("says aloud that nothing is verified, even when quiet, and so does its report", async () => {
    const { stderr, kept } = await runIn([...HTTPS, "--insecure", "--quiet"]);
    expect(stderr).toMatch(/^WARNING {2}--insecure: the server's certificate is NOT verified/);
    expect(kept).toMatch(/"code":"tls_not_verified"/);
    expect(kept).toMatch(/<html[\s\S]*certificate is NOT verified/);
  });

  it("says that it goes through a proxy, and never with what password", async () => {
    const proxy = ["--proxy", "me:hunter2@127.0.0.1:1"];
    const { stderr, kept, stdout } = await runIn([...HTTP, ...proxy, "--json"]);
    expect(stderr).toMatch(/goes through the proxy 127\.0\.0\.1:1 \(--proxy\)/);
    expect(stderr).toMatch(/cannot reach the proxy/);
    expect(kept).toMatch(/"code":"through_proxy"/);
    const env = { HTTP_PROXY: "http://me:hunter%32@127.0.0.1:1" };
    const remote = ["run", "smoke", "--target", "http://10.255.255.1", "--json"];
    const byVariable = await runIn(remote, env);
    expect(byVariable.stderr).toMatch(/goes through the proxy 127\.0\.0\.1:1 \(HTTP_PROXY\)/);
    const basic = Buffer.from("me:hunter2").toString("base64");
    const all = [stderr, kept, stdout, ...Object.values(byVariable)].join("\n");
    for (const secret of ["hunter2", "hunter%32", basic]) expect(all).not.toContain(secret);
  });

  it("says when NO_PROXY is why --proxy is not used", async () => {
    const env = { NO_PROXY: "127.0.0.1" };
    const { stderr } = await runIn([...HTTP, "--proxy", "http://127.0.0.1:2"], env);
    expect(stderr).toMatch(/--proxy is not used: NO_PROXY names 127\.0\.0\.1/);
    expect(stderr).toMatch(/cannot reach http:\/\/127\.0\.0\.1:1: nothing listens/);
  });

  it("says that there is no socket at the path", async () => {
    const { code, stderr } = await runIn(["run", "smoke", "--unix-socket", "no.sock"]);
    expect(code).toBe(6);
    expect(stderr).toMatch(/cannot reach http:\/\/localhost: there is no such socket/);
  });

  it("never shows a key from a file", async () => {
    const { kept, stderr, stdout } = await runIn([...HTTP, "--api-key-file", "key.txt", "--json"]);
    expect(kept).toContain("--api-key-file");
    expect([kept, stderr, stdout].join("\n")).not.toContain("sk-from-file");
  });
});
