/** Every command there is: adding one is adding a row, and a file in `commands/`. */
import type { CommandTable } from "./command.ts";

export const commands: CommandTable = {
  run: {
    about: "run a scenario against a server, judge it, write a report",
    load: async () => (await import("./commands/run.ts")).run,
  },
  report: {
    about: "write reports of stored runs again",
    load: async () => (await import("./commands/report.ts")).report,
  },
  compare: {
    about: "compare runs with accepted ones: slower, or just noise?",
    load: async () => (await import("./commands/compare.ts")).compare,
  },
  capacity: {
    about: "find the highest load at which the SLO still holds",
    load: async () => (await import("./commands/capacity.ts")).capacity,
  },
  sweep: {
    about: "measure a grid of server flags and loads; name the best under the SLO",
    load: async () => (await import("./commands/sweep.ts")).sweep,
  },
  plan: {
    about: "how many replicas, what they cost, when to add one",
    load: async () => (await import("./commands/plan.ts")).plan,
  },
  ab: {
    about: "measure two targets in one sitting, by turns: is B worse than A?",
    load: async () => (await import("./commands/ab.ts")).ab,
  },
  history: {
    about: "how a scenario's metrics went over the nights; change points",
    load: async () => (await import("./commands/history.ts")).history,
  },
  "baseline save": {
    about: "accept runs as the level that later ones are compared with",
    load: async () => (await import("./commands/baseline.ts")).baselineSave,
  },
  "baseline list": {
    about: "list the baselines",
    load: async () => (await import("./commands/baseline.ts")).baselineList,
  },
  "baseline show": {
    about: "show a baseline: level, anchor, runs, environment",
    load: async () => (await import("./commands/baseline.ts")).baselineShow,
  },
  "baseline calibrate": {
    about: "measure a target against itself: its noise, and what can be told of it",
    load: async () => (await import("./commands/calibrate-baseline.ts")).baselineCalibrate,
  },
  "baseline remove": {
    about: "remove a baseline",
    load: async () => (await import("./commands/baseline.ts")).baselineRemove,
  },
  serve: {
    about: "start a reference server and leave it running",
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  agent: {
    about: "sample this machine for a Plimsoll on another one",
    load: async () => (await import("./commands/agent.ts")).agent,
  },
  completion: {
    about: "print the script with which a shell completes commands, flags and names",
    load: async () => (await import("./commands/completion.ts")).completion,
  },
  doctor: {
    about: "what this machine can measure, how well, and what is missing",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  "server build": {
    about: "build the real llama-server",
    load: async () => (await import("./commands/server.ts")).serverBuild,
  },
  "server which": {
    about: "say which llama-server would be used",
    load: async () => (await import("./commands/server.ts")).serverWhich,
  },
  "model synth": {
    about: "write a synthetic GGUF model",
    load: async () => (await import("./commands/model.ts")).modelSynth,
  },
};
