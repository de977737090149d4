/**
 * Lists types, functions and files whose names use a word of retired-words.json, and exits with 1 when
 * there are any: a newcomer knows load testing, not us. ARCHITECTURE.md has the words that we use.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import ts from "typescript";

const retired = JSON.parse(readFileSync(new URL("retired-words.json", import.meta.url), "utf8"));
const files = execFileSync("git", ["ls-files", "src", "test", "bench", "scripts"], {
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => /\.(ts|js)$/.test(file) && !file.startsWith("test/fixtures/"));

/** `beginLoadWorkers` and `begin-load-workers`: begin, load, worker. */
function wordsIn(name) {
  return name
    .split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase().replace(/(?<=..)s$/, ""));
}

function problemIn(name) {
  const word = wordsIn(name).find((one) => Object.hasOwn(retired, one));
  const rule = word === undefined ? undefined : retired[word];
  return rule === undefined || rule.except?.includes(name) ? undefined : { word, say: rule.say };
}

/** Names of the types and functions that a file declares, functions in constants included. */
function declaredIn(file) {
  const source = ts.createSourceFile(
    file,
    readFileSync(file, "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const found = [];
  const visit = (node) => {
    const named =
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isMethodDeclaration(node) ||
      (ts.isVariableDeclaration(node) &&
        node.initializer !== undefined &&
        (ts.isArrowFunction(node.initializer) || ts.isFunctionExpression(node.initializer)));
    if (named && node.name !== undefined) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push({ name: node.name.getText(source), line: line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const problems = files.flatMap((file) => {
  const own = { name: basename(file).replace(/\.(d\.)?(ts|js)$/, ""), line: 1 };
  return [own, ...declaredIn(file)].flatMap(({ name, line }) => {
    const problem = problemIn(name);
    return problem === undefined
      ? []
      : [`${file}:${line}: ${name}: "${problem.word}" is retired; say ${problem.say}`];
  });
});

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
