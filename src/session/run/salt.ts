/** Which words a run's prompts are made of: a server must not know them from the run before. */
import { randomBytes } from "node:crypto";
import type { RunRequest } from "./run-request.ts";

/** Where the server is started for the run alone, it has seen nothing: the words stay the same. */
const OWN_SERVER = "0";

export function saltOf({ salt, target }: Pick<RunRequest, "salt" | "target">): string {
  return salt ?? (target.spec.kind === "remote" ? freshSalt() : OWN_SERVER);
}

/** A salt that no other run has. */
export function freshSalt(): string {
  return randomBytes(5).toString("hex");
}

/** One of several runs of an order: with `--salt`, each has words of its own all the same. */
export function saltedFor(request: RunRequest, part: string | number): RunRequest {
  return request.salt === undefined ? request : { ...request, salt: `${request.salt}/${part}` };
}
