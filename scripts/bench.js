// Compiles the benchmarks, and the program with them, and runs them: a loader that compiles while
// running would be measured too. Arguments go on to bench/main.ts, or with --detector to
// bench/detector/main.ts.
import { spawnSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
rmSync(".bench", { recursive: true, force: true });
spawnSync(process.execPath, [tsc, "-p", "tsconfig.bench.json"], { stdio: "inherit" });
copyFileSync("package.json", ".bench/package.json");
const words = process.argv.slice(2).filter((word) => word !== "--detector");
const folder = process.argv.includes("--detector") ? "bench/detector" : "bench";
const main = [`.bench/${folder}/main.js`, ...words];
spawnSync(process.execPath, ["--expose-gc", ...main], { stdio: "inherit" });
