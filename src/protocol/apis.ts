/** The table of APIs that `--api` chooses from. */
import type { Adapter } from "./adapter.ts";
import { openaiChat } from "./openai-chat.ts";

const apis: Readonly<Record<string, Adapter>> = { chat: openaiChat };

export const apiNames: readonly string[] = Object.keys(apis);

/** The adapter of this name, or undefined. */
export function findAdapter(name: string): Adapter | undefined {
  return Object.hasOwn(apis, name) ? apis[name] : undefined;
}
