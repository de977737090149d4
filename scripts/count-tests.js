// Adds up the JSON results of several vitest runs and prints one line: N passed, N failed, N skipped.
import { readFileSync } from "node:fs";

const files = process.argv.slice(2);
const totals = { passed: 0, failed: 0, skipped: 0 };
for (const file of files) {
  const result = JSON.parse(readFileSync(file, "utf8"));
  totals.passed += result.numPassedTests;
  totals.failed +=
    result.numFailedTests + (result.numFailedTestSuites > 0 && result.numFailedTests === 0 ? 1 : 0);
  totals.skipped += result.numPendingTests + (result.numTodoTests ?? 0);
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
