/** The headers of every request, the API key among them. */
import { usageError } from "../../../core/errors.ts";
import type { World } from "../../world.ts";
import type { Flags } from "../flags.ts";

type Headers = Readonly<Record<string, string>>;

/** What a header's name may be made of (RFC 9110, "token"). */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * Names in lower case. A header that is given outright wins over the key's; none is given twice.
 *
 * @throws usage errors: names that are none, variables that are not set
 */
export function chooseHeaders(flags: Flags, apiKey: string | undefined, world: World): Headers {
  const given = flags.pairs("header", ":");
  const fromEnv = headersFromEnv(flags, world);
  const all = { ...keyHeader(flags, apiKey) };
  const named = new Set<string>();
  for (const [name, value] of [...Object.entries(given), ...Object.entries(fromEnv)]) {
    const lower = name.toLowerCase();
    if (name in fromEnv && named.has(lower))
      throw usageError(`--header-env: ${name} is given by --header too`, "Give it once.");
    named.add(lower);
    all[lower] = value;
  }
  return all;
}

function keyHeader(flags: Flags, apiKey: string | undefined): Record<string, string> {
  const name = flags.text("api-key-header");
  if (name === undefined) return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  refuseName("api-key-header", name);
  if (apiKey !== undefined) return { [name.toLowerCase()]: apiKey };
  throw usageError(
    `--api-key-header ${name}: there is no key to send in it`,
    "Say where the key is: --api-key-env NAME or --api-key-file FILE.",
  );
}

function headersFromEnv(flags: Flags, { env, secrets }: World): Headers {
  const values: Record<string, string> = {};
  for (const [name, variable] of Object.entries(flags.pairs("header-env", "="))) {
    refuseName("header-env", name);
    const value = env[variable]?.trim();
    if (value === undefined || value === "")
      throw usageError(
        `--header-env ${name}: the environment variable ${variable} is not set`,
        `Set it for this command: ${variable}=... plimsoll run ...`,
      );
    // In the middle of it a line break would be a header more.
    if (/[\r\n\0]/.test(value))
      throw usageError(`--header-env ${name}: the value of ${variable} has more than one line`);
    secrets.keep(value);
    values[name] = value;
  }
  return values;
}

function refuseName(flag: string, name: string): void {
  if (!NAME.test(name)) throw usageError(`--${flag}: not the name of a header: ${name}`);
}
