import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** process.* belongs to cli/, and to the entry files of the programs we start as children. */
const PROCESS_GLOBAL = {
  name: "process",
  message: "Only cli/ and entry files touch process.*; take what you need as an argument.",
};

/** Functions that read the time; everything else is handed a clock. */
const TIME = ["Date.now", "performance.now"].map((call) => {
  const [object, property] = call.split(".");
  return { object, property, message: `Only core/clock.ts reads time; take a Clock, not ${call}.` };
});

/** A folder that a test or a benchmark makes goes when it does. */
const SCRATCH = ["node:fs", "node:fs/promises"].map((name) => ({
  name,
  importNames: ["mkdtemp", "mkdtempSync"],
  message: "Take a scratchFolder (scratch.ts): it is removed.",
}));

export default tseslint.config(
  { ignores: ["dist/", ".bench*/", "reports/", "node_modules/", "test/fixtures/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      complexity: ["error", 10],
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 50, skipBlankLines: true, skipComments: true }],
      "max-params": ["error", 4],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-definitions": ["error", "interface"],
      "no-restricted-globals": ["error", PROCESS_GLOBAL],
      "no-restricted-properties": ["error", ...TIME],
    },
  },
  {
    files: ["src/cli/**", "src/**/entry.ts", "src/**/*-entry.ts", "src/core/clock.ts"],
    rules: { "no-restricted-globals": "off", "no-restricted-properties": "off" },
  },
  {
    files: ["test/**", "bench/**", "scenarios/**"],
    rules: {
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": "off",
      "no-restricted-globals": "off",
      "no-restricted-properties": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-restricted-imports": ["error", ...SCRATCH],
    },
  },
  {
    files: ["**/scratch.ts", "test/support/fake-nvml/fake-nvml.ts"],
    rules: { "no-restricted-imports": "off" },
  },
  {
    files: ["**/*.js"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
  },
);
