/** The schema of Apache Ant's JUnit reports, as a package on npm carries it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

export function junitSchema(): string {
  const path = "jest-junit-reporter/src/__tests__/fixtures/junit.xsd";
  return readFileSync(createRequire(import.meta.url).resolve(path), "utf8");
}
