/** Commit of the tree that a run was started in, and whether something in it was changed. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A tree on a slow disk must not hold a run up, ms. */
const PATIENCE = 2000;

export interface GitState {
  readonly commit: string;
  /** Absent where git took too long to tell. Files that git does not know are no change. */
  readonly dirty?: boolean;
}

/** Undefined outside of a git tree, or without git. */
export async function gitState(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<GitState | undefined> {
  const [commit, changes] = await Promise.all([
    git(["rev-parse", "HEAD"], cwd, env),
    git(["status", "--porcelain", "--untracked-files=no"], cwd, env),
  ]);
  const hash = commit?.trim();
  if (hash === undefined || !/^[0-9a-f]{40,64}$/.test(hash)) return undefined;
  return { commit: hash, ...(changes !== undefined && { dirty: changes.trim() !== "" }) };
}

async function git(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  try {
    // Looking must not wait for, or leave, a lock in somebody's tree.
    const options = { cwd, env: { ...env }, timeout: PATIENCE, maxBuffer: 2 ** 24 };
    const { stdout } = await promisify(execFile)("git", ["--no-optional-locks", ...args], options);
    return stdout;
  } catch {
    return undefined;
  }
}
