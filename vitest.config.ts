import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const alias = { plimsoll: fileURLToPath(new URL("src/index.ts", import.meta.url)) };

export default defineConfig({
  test: {
    // Many tests wait for processes of their own; the default leaves one of two cores idle meanwhile.
    maxWorkers: "100%",
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          setupFiles: ["test/support/fixed-seed.ts"],
          include: ["test/**/*.test.ts"],
          exclude: ["test/live/**"],
          testTimeout: 30_000,
          maxConcurrency: 20,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: "live",
          include: ["test/live/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
