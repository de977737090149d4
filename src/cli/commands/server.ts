/** `plimsoll server build` and `plimsoll server which`: the real llama-server. */
import { backends } from "../../target/build-plan.ts";
import type { Command } from "../command.ts";
import { SERVER_FLAGS } from "../flags/target-flags.ts";

export const serverBuild: Command = {
  usage: "server build [flags]",
  about: `Builds llama-server with cmake and the system's compiler, from the llama.cpp source that the
installed package node-llama-cpp carries, into the cache. Takes minutes the first time.`,
  flags: {
    backend: {
      kind: "text",
      value: "NAME",
      about: `auto (default), ${backends.join(", ")}`,
    },
    jobs: { kind: "number", value: "N", about: "compilers at once (default: all cores)" },
    quiet: { kind: "switch", about: "no progress" },
  },
  positionals: [],
  run: async (call) => (await import("../actions/server.ts")).serverBuild(call),
};

export const serverWhich: Command = {
  usage: "server which [flags]",
  about: `Says which llama-server \`--target llama-server\` would start, and where it was found:
--server-bin, LLAMA_SERVER_BIN, PATH, or the cache.`,
  flags: { "server-bin": SERVER_FLAGS["server-bin"] },
  positionals: [],
  run: async (call) => (await import("../actions/server.ts")).serverWhich(call),
};
