import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createRun } from "../../src/store/write-run.ts";
import { PROGRAM } from "../support/program.ts";
import { header } from "../support/runs/run-lines.ts";
import { scratchFolder } from "../support/scratch.ts";

const RUNS = 500;

/** Too few for all runs at once, enough for Node to load its modules. */
const MOST_FILES = 350;

it.skipIf(process.platform === "win32")(
  "a folder of more runs than a process may open files is indexed all the same",
  async () => {
    const root = scratchFolder("many-runs");
    for (let i = 0; i < RUNS; i += 1) createRun(root, "steady", header({ scenarios: [] })).close();
    const limited = `ulimit -n ${MOST_FILES}; exec "$0" "$@"`;
    const words = [process.execPath, PROGRAM, "report", "--index", "--out", root];
    const { stdout } = await promisify(execFile)("/bin/sh", ["-c", limited, ...words]);
    expect(stdout).toContain(`${RUNS} runs`);
  },
);
