// Compiles src/ to dist/. When TypeScript is absent (a production install of a packed tarball,
// which already carries dist/) there is nothing to do, so `prepare` succeeds there too.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, rmSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

function tscPath() {
  try {
    return require.resolve("typescript/bin/tsc");
  } catch {
    return undefined;
  }
}

const tsc = tscPath();
if (tsc === undefined) {
  if (existsSync("dist/cli/main.js")) process.exit(0);
  console.error("plimsoll: dist/ is missing and TypeScript is not installed; run `npm ci` first");
  process.exit(1);
}

rmSync("dist", { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
  stdio: "inherit",
});
if (status === 0) chmodSync("dist/cli/main.js", 0o755);
process.exit(status ?? 1);
