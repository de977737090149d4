/** `plimsoll doctor`: what this machine can measure, and how well. */
import type { Command } from "../command.ts";
import { REMOTE_FLAGS } from "../flags/telemetry-flags.ts";

export const doctor: Command = {
  usage: "doctor [flags]",
  about: `Measures this machine as a load generator, against a scripted server that knows the true time
of every event: which rates it carries, how late it sends, how wrong it times. Says what can be
sampled here, by which source, at what cost, and what to install or permit to get the rest. Takes
about half a minute; the result is kept, and every run
carries it. Run it on a machine that does nothing else.`,
  flags: {
    target: {
      kind: "text",
      value: "URL",
      about: "a running server: how many plain requests its /health answers, too",
    },
    json: { kind: "switch", about: "print the findings as JSON on stdout" },
    ...REMOTE_FLAGS,
    quiet: { kind: "switch", about: "no progress" },
  },
  positionals: [],
  examples: ["plimsoll doctor", "plimsoll doctor --target http://127.0.0.1:8080"],
  run: async (call) => (await import("../actions/doctor.ts")).doctor(call),
};
