/** What a command line says that must not be shown: known before anything is done with it. */
import { isSecretName, type Secrets } from "../../core/secrets.ts";
import { armWords } from "./arm-flags.ts";
import type { GivenFlag } from "./flags.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Keeps them. Keys in files are kept by whoever reads the file. */
export function keepSecretsIn(given: readonly GivenFlag[], env: Env, secrets: Secrets): void {
  const serverArgs = given.filter(({ name }) => name === "server-arg").map(({ value }) => value);
  for (const value of secretArgs(serverArgs)) secrets.keep(value);
  for (const flag of given) {
    const { name, value } = flag;
    for (const secret of [...secretsOfUrl(value), ...secretsOfFlag(flag, env)])
      secrets.keep(secret);
    if (name === "a" || name === "b") keepSecretsIn(armOf(name, value), env, secrets);
  }
}

function secretsOfFlag({ name, value }: GivenFlag, env: Env): readonly (string | undefined)[] {
  if (name === "header") return [value.slice(value.indexOf(":") + 1).trim()];
  if (name === "env") return [secretParameter(value)];
  if (name === "header-env") return [env[value.slice(value.indexOf("=") + 1)]?.trim()];
  // The name of a header, which is no secret.
  if (name === "api-key-header") return [];
  if (name.endsWith("-env")) return [env[value]];
  // `--key` names a file, as `--cert` does.
  return isSecretName(name) && name !== "key" && !/file|tokens$/.test(name) ? [value] : [];
}

function secretParameter(pair: string): string | undefined {
  const at = pair.indexOf("=");
  const value = pair.slice(at + 1);
  // `-e MAX_TOKENS=2048`: hiding every 2048 of a report would hide no secret.
  const plain = /^(\d{1,7}|true|false)$/.test(value);
  return at > 0 && isSecretName(pair.slice(0, at)) && !plain ? value : undefined;
}

/** A side that cannot be read is refused later, with its reason. */
function armOf(side: "a" | "b", value: string): readonly GivenFlag[] {
  try {
    return armWords(side, value).flags.given();
  } catch {
    return [];
  }
}

/** Of a server's own arguments: `--api-key KEY`, `--api-key=KEY`; a file's name is none. */
export function secretArgs(args: readonly string[]): readonly string[] {
  return args.flatMap((arg, i) => {
    const [, name = "", inline] = /^--?([\w-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (!isSecretName(name) || /file|path|length|tokens$|^tokeniz/i.test(name)) return [];
    const next = args[i + 1];
    if (inline !== undefined) return inline;
    return next === undefined || /^--?[a-z][\w-]*(=|$)/i.test(next) ? [] : next;
  });
}

/** User, password, and what the query calls by a name that secrets have. */
export function secretsOfUrl(text: string): readonly string[] {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !text.includes("@")) return [];
  const full = text.includes("://") ? text : `http://${text}`;
  if (!URL.canParse(full)) return [];
  const { username, password, searchParams } = new URL(full);
  const query = [...searchParams].filter(([name]) => isSecretName(name) || /^sig/i.test(name));
  const pair = [username, password].map(decoded);
  // A user without a password is the key itself; beside one it is a name.
  const known = password === "" ? [username, ...pair.slice(0, 1)] : [password, ...pair.slice(1)];
  const basic = password === "" ? [] : [pair.join(":")];
  return [...known, ...basic, ...query.map(([, value]) => value)].filter((one) => one !== "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
