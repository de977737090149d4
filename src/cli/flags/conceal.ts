/** What a run directory may keep of a command line: everything but the secrets in it. */
import { removeSecrets } from "../../core/secrets.ts";
import type { Plan } from "../../scenario/plan.ts";
import { wordsOf } from "./arm-flags.ts";

const HIDDEN = "***";

/** Names under which people pass secrets as parameters. */
const SECRET_NAME = /key|token|secret|passw|credential|auth/i;

/** The command line without header values, secret parameters, passwords in URLs, and `secrets`. */
export function concealCommand(argv: readonly string[], secrets: readonly string[]): string[] {
  return argv.map((word, i) => {
    const [flag, value] = flagAndValue(argv[i - 1], word);
    const shown =
      value === undefined
        ? word
        : word.slice(0, word.length - value.length) + concealed(flag, value);
    return removeSecrets(shown, secrets);
  });
}

/** The plan with its secret parameters hidden; its hash is taken before. */
export function concealPlan(plan: Plan): Plan {
  const parameters = Object.entries(plan.parameters).map(([name, value]) => [
    name,
    SECRET_NAME.test(name) ? HIDDEN : value,
  ]);
  return { ...plan, parameters: Object.fromEntries(parameters) as Plan["parameters"] };
}

/** `--flag value`, `--flag=value`, or neither. */
function flagAndValue(before: string | undefined, word: string): [string, string | undefined] {
  const inline = /^(--[a-z-]+)=(.*)$/s.exec(word);
  if (inline !== null) return [inline[1] ?? "", inline[2] ?? ""];
  return before?.startsWith("-") === true ? [before, word] : ["", undefined];
}

function concealed(flag: string, value: string): string {
  if (flag === "--header") return `${value.split(":")[0] ?? ""}: ${HIDDEN}`;
  if (flag === "--proxy") return value.replace(/^([a-z]+:\/\/)?.*@/is, `$1${HIDDEN}@`);
  if (flag === "--a" || flag === "--b") return concealedArm(flag, value);
  const [name = ""] = value.split("=");
  const parameter = (flag === "-e" || flag === "--env") && SECRET_NAME.test(name);
  return parameter ? `${name}=${HIDDEN}` : value;
}

/** A side of `ab` is a command line in one word. */
function concealedArm(flag: string, value: string): string {
  return concealCommand(wordsOf(value, flag === "--a" ? "a" : "b"), [])
    .map((word) => (/\s/.test(word) ? `"${word}"` : word))
    .join(" ");
}
