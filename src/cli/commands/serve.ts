/** `plimsoll serve`: start a reference server and leave it running until Ctrl-C. */
import type { Command } from "../command.ts";
import { SERVER_FLAGS } from "../flags/target-flags.ts";

export const serve: Command = {
  usage: "serve [flags]",
  about: `Starts a reference server on loopback and leaves it running until Ctrl-C. Measure it from
another terminal: plimsoll run steady --target URL.`,
  flags: {
    target: { kind: "text", value: "KIND", about: "embedded (default) or llama-server" },
    ...SERVER_FLAGS,
    port: { kind: "number", value: "N", about: "port to listen on (default: any free one)" },
  },
  positionals: [],
  run: async (call) => (await import("../actions/serve.ts")).serve(call),
};
