/**
 * Node flags with which a worker thread runs TypeScript from source. On Node 20 `--import tsx` has
 * no effect in a worker thread; tsx's own registration has.
 */
export function workerLoader(): string[] {
  const source = `import { register } from "${import.meta.resolve("tsx/esm/api")}"; register();`;
  return ["--import", `data:text/javascript,${encodeURIComponent(source)}`];
}
