/** What a run directory may keep of a command line: everything but the secrets in it. */
import { HIDDEN, isSecretName, removeSecrets } from "../../core/secrets.ts";
import { armWords } from "./arm-flags.ts";
import type { GivenFlag } from "./flags.ts";

/**
 * The command line without header values, secret parameters and passwords in URLs.
 *
 * @param given what the parser made of it: a value ends its word, however the flag was written
 */
export function concealCommand(argv: readonly string[], given: readonly GivenFlag[]): string[] {
  const secret = given
    .map((flag) => ({ value: flag.value, shown: concealed(flag) }))
    .filter(({ value, shown }) => value !== "" && shown !== value);
  return argv.map((word) => {
    const found = secret.find(({ value }) => word.endsWith(value));
    const shown = found && word.slice(0, word.length - found.value.length) + found.shown;
    return removeSecrets(shown ?? word);
  });
}

function concealed({ name, value }: GivenFlag): string {
  if (name === "header") return `${value.split(":")[0] ?? ""}: ${HIDDEN}`;
  if (name === "proxy") return value.replace(/^([a-z]+:\/\/)?.*@/is, `$1${HIDDEN}@`);
  if (name === "a" || name === "b") return concealedArm(name, value);
  const [parameter = ""] = value.split("=");
  return name === "env" && isSecretName(parameter) ? `${parameter}=${HIDDEN}` : value;
}

/** A side of `ab` is a command line in one word. */
function concealedArm(side: "a" | "b", value: string): string {
  const { words, flags } = armWords(side, value);
  const shown = concealCommand(words, flags.given());
  return shown.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(" ");
}
