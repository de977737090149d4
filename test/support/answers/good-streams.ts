/** For each API: what its server sends when all is well, and what must be read out of it. */
import { chats } from "./chats.ts";
import { natives } from "./native.ts";
import { openai } from "./openai.ts";
import { described, others } from "./others.ts";
import type { GoodStream } from "./words.ts";

export const goodStreams: readonly GoodStream[] = [
  ...chats,
  ...openai,
  ...natives,
  ...others,
  ...described,
];
