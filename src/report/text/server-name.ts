/** What the target says it is, as one name. */
import type { TargetIdentity } from "../../core/records.ts";

/** `llama.cpp b7345`; the build alone where it already begins with the server's name. */
export function serverName({ server, build, kind }: TargetIdentity): string {
  if (build === undefined) return server ?? kind;
  return server === undefined || build.startsWith(server) ? build : `${server} ${build}`;
}
