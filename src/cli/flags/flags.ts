/** Flags: one table a command gives the parser, the refusals with the nearest name, and the help. */
import { parseArgs } from "node:util";
import { usageError } from "../../core/errors.ts";
import { parseDuration } from "../../core/units.ts";
import { nearestName } from "../../scenario/nearest.ts";

export type FlagKind = "text" | "number" | "duration" | "switch";

export interface FlagSpec {
  readonly kind: FlagKind;
  /** Placeholder of the value in the help. */
  readonly value?: string;
  readonly about: string;
  /** Values that are known beforehand, for a shell to offer. */
  readonly values?: readonly string[];
  readonly short?: string;
  readonly repeats?: boolean;
  /** What the flag means without a value, which is then only taken from `--flag=VALUE`. */
  readonly bare?: string;
}

export type FlagTable = Readonly<Record<string, FlagSpec>>;

/** One flag as it was given; those that repeat are several. */
export interface GivenFlag {
  readonly name: string;
  readonly value: string;
}

/** Typed reading of what was given; absent flags are undefined, false or empty. */
export class Flags {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** These flags, with others in their place where both were given. */
  with(others: Flags): Flags {
    return new Flags(new Map([...this.#values, ...others.#values]));
  }

  /** The same, but what was given of these repeating flags is added to, not replaced. */
  joined(others: Flags, repeating: readonly string[]): Flags {
    const lists = repeating
      .filter((name) => this.on(name) || others.on(name))
      .map((name): [string, readonly string[]] => [name, [...this.all(name), ...others.all(name)]]);
    return new Flags(new Map([...this.with(others).#values, ...lists]));
  }

  given(): readonly GivenFlag[] {
    return [...this.#values].flatMap(([name, values]) => values.map((value) => ({ name, value })));
  }

  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  on(name: string): boolean {
    return this.#values.has(name);
  }

  /** A finite number, at least `least`. */
  number(name: string, least = 0): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || value < least) {
      throw usageError(`--${name}: expected a number of at least ${least}, got "${text}"`);
    }
    return value;
  }

  /** A whole number, at least `least`. */
  integer(name: string, least = 0): number | undefined {
    const value = this.number(name, least);
    if (value !== undefined && !Number.isSafeInteger(value)) {
      throw usageError(`--${name}: expected a whole number, got "${this.text(name) ?? ""}"`);
    }
    return value;
  }

  /** Milliseconds. */
  duration(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = parseDuration(text);
    if (value === undefined || value <= 0) {
      throw usageError(
        `--${name}: "${text}" is not a duration`,
        "Write it as k6 does: 30s, 1m30s, 500ms, 2h.",
      );
    }
    return value;
  }

  /** `KEY=VALUE` pairs. */
  pairs(name: string, separator: string): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.all(name).map((text) => {
        const at = text.indexOf(separator);
        if (at > 0) return [text.slice(0, at), text.slice(at + separator.length).trim()];
        throw usageError(`--${name}: expected KEY${separator}VALUE, got "${text}"`);
      }),
    );
  }
}

/** @throws usage error for unknown flags, missing values and surplus arguments */
export function parseFlags(
  argv: readonly string[],
  table: FlagTable,
): { flags: Flags; positionals: readonly string[] } {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { kind, short, bare }]) => [
      name,
      {
        type: kind === "switch" || bare !== undefined ? ("boolean" as const) : ("string" as const),
        multiple: true,
        ...(short !== undefined && { short }),
      },
    ]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    else if (token.kind === "option") {
      const { name, rawName, value, inlineValue } = token;
      const one = valueOf({ name, rawName, value, inline: inlineValue === true }, table);
      values.set(name, [...(values.get(name) ?? []), one]);
    }
  }
  return { flags: new Flags(values), positionals };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  /** Written as --flag=VALUE. */
  readonly inline: boolean;
}

function valueOf({ name, rawName, value, inline }: OptionToken, table: FlagTable): string {
  const spec = specOf(table, name, rawName);
  if (spec.kind === "switch") {
    if (value === undefined) return "true";
    throw usageError(`${rawName} takes no value, got "${value}"`);
  }
  if (value === undefined && spec.bare !== undefined) return spec.bare;
  if (value !== undefined && (inline || !value.startsWith("--"))) return value;
  const hint = "For a value that begins with dashes write --flag=VALUE.";
  throw usageError(`${rawName} needs a value: ${rawName} ${spec.value ?? "VALUE"}`, hint);
}

function specOf(table: FlagTable, name: string, rawName: string): FlagSpec {
  const spec = Object.hasOwn(table, name) ? table[name] : undefined;
  if (spec !== undefined) return spec;
  const nearest = nearestName(name, Object.keys(table));
  throw usageError(
    `unknown flag ${rawName}`,
    nearest === undefined ? "`--help` lists the flags." : `Did you mean --${nearest}?`,
  );
}

/** The flags as lines of help. */
export function helpOf(table: FlagTable): string {
  const rows = Object.entries(table).map(([name, spec]) => ({
    left: `${spec.short === undefined ? "    " : `-${spec.short}, `}--${name}${valueWords(spec)}`,
    about: spec.about,
  }));
  const width = Math.min(30, Math.max(...rows.map(({ left }) => left.length)));
  return rows
    .map(({ left, about }) => {
      const indent = `\n  ${" ".repeat(width)}  `;
      const text = about.split("\n").join(indent);
      return left.length <= width
        ? `  ${left.padEnd(width)}  ${text}`
        : `  ${left}${indent}${text}`;
    })
    .join("\n");
}

function valueWords({ value, bare }: FlagSpec): string {
  if (value === undefined) return "";
  return bare === undefined ? ` ${value}` : `[=${value}]`;
}
