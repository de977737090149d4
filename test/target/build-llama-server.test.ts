import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  buildLlamaServer,
  compiledShare,
  type BuildProgress,
} from "../../src/target/build-llama-server.ts";
import { planBuild, type BuildRequest } from "../../src/target/build-plan.ts";
import { needsNoAmx } from "../../src/target/compiler-faults.ts";
import { findExecutable } from "../../src/target/find-executable.ts";
import { testWorld } from "../support/target-world.ts";
import { scratchFolder } from "../support/scratch.ts";

let folder: string;

beforeEach(() => {
  folder = scratchFolder("build");
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, "package/llama"), { recursive: true });
  writeFileSync(join(folder, "package/llama/llama.cpp.info.json"), '{"tag":"v0.5.0"}');
  writeFileSync(join(folder, "package/llama/gitRelease.bundle"), "");
});

/** Puts shell scripts into the only folder of PATH. */
function tools(scripts: Readonly<Record<string, string>>): void {
  for (const [name, script] of Object.entries(scripts)) {
    const file = join(folder, "bin", name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }
}

/** Real programs of this machine, for scripts to use. */
function realTools(...names: readonly string[]): void {
  for (const name of names) {
    const real = findExecutable([name], process.env["PATH"]);
    if (real !== undefined) symlinkSync(real, join(folder, "bin", name));
  }
}

const compilers = { "c++": "", cc: "", make: "" };

function request(changes: Partial<BuildRequest> = {}): BuildRequest {
  return {
    packageDir: join(folder, "package"),
    cacheDir: join(folder, "cache"),
    backend: "cpu",
    platform: "linux",
    arch: "x64",
    jobs: 2,
    env: { PATH: join(folder, "bin"), CUDA_PATH: join(folder, "cuda") },
    ...changes,
  };
}

describe("planning a build", () => {
  it("names every missing tool, and the packages that bring it", () => {
    tools({ git: "", cc: "" });
    expect(() => planBuild(request())).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringContaining("cmake, a C++ compiler, ninja or make") as string,
        hint: expect.stringMatching(
          /apt-get install cmake g\+\+ ninja-build\n.*dnf install cmake gcc-c\+\+ ninja-build\nmacOS: brew install cmake/,
        ) as string,
      }) as Error,
    );
  });

  it("wants the backend's own compiler too", () => {
    tools({ git: "", cmake: "", ...compilers });
    expect(() => planBuild(request({ backend: "vulkan" }))).toThrow("glslc");
  });

  it("says where the source comes from when it is not there", () => {
    const packageDir = join(folder, "nothing");
    expect(() => planBuild(request({ packageDir }))).toThrow("source of llama.cpp is missing");
  });

  it("detects CUDA by its compiler, Metal by the platform", () => {
    tools({ git: "", cmake: "", ...compilers });
    const auto = request({ backend: "auto" });
    expect(planBuild({ ...auto, platform: "darwin" }).backend).toBe("metal");
    tools({ nvcc: "" });
    const plan = planBuild(auto);
    expect(plan.backend).toBe("cuda");
    expect(plan.cmakeFlags).toContain(`-DCMAKE_CUDA_COMPILER=${join(folder, "bin/nvcc")}`);
  });

  it("gives different options different places in the cache", () => {
    tools({ git: "", cmake: "", ...compilers, nvcc: "" });
    const keys = [
      planBuild(request()).key,
      planBuild(request({ backend: "cuda" })).key,
      planBuild(request({ arch: "arm64" })).key,
    ];
    expect(new Set(keys).size).toBe(3);
    expect(keys[0]).toMatch(/^v0\.5\.0-cpu-[0-9a-f]{8}$/);
    expect(planBuild(request()).key).toBe(keys[0]);
  });

  it("reads the release of the package that is installed here", () => {
    tools({ git: "", cmake: "", ...compilers });
    const packageDir = join(import.meta.dirname, "../../node_modules/node-llama-cpp");
    expect(planBuild(request({ packageDir })).release).toMatch(/^[vb]\d/);
  });
});

describe("building", () => {
  const progress: BuildProgress[] = [];
  const world = { ...testWorld("unused.log"), onProgress: (p: BuildProgress) => progress.push(p) };

  /** A bundle with one commit, as the package has it, and a cmake that plays the build. */
  function scriptedBuild(cmake: string): void {
    const repository = join(folder, "repository");
    const git = (...args: readonly string[]): unknown =>
      execFileSync("git", ["-C", repository, "-c", "user.name=a", "-c", "user.email=a@b", ...args]);
    mkdirSync(repository);
    writeFileSync(join(repository, "CMakeLists.txt"), "");
    git("init", "--quiet");
    git("add", ".");
    git("commit", "--quiet", "-m", "one");
    git("bundle", "create", "--quiet", join(folder, "package/llama/gitRelease.bundle"), "HEAD");
    tools({ cmake, ...compilers });
    realTools("git", "sh", "mkdir", "chmod", "sleep");
  }

  const configure = `if [ "$1" = -S ]; then mkdir -p "$4/bin"; exit 0; fi`;
  const compile = `echo "[ 50%] Building CXX object"; echo "[100%] Linking"
    echo "#!/bin/sh" > "$2/bin/llama-server"; chmod +x "$2/bin/llama-server"`;

  it("keeps the binary, its log and its plan, and nothing else", async () => {
    scriptedBuild(`${configure}\n${compile}`);
    progress.length = 0;
    const built = await buildLlamaServer(request(), world);
    expect(built).toMatchObject({ release: "v0.5.0", backend: "cpu", reused: false });
    expect(existsSync(built.path)).toBe(true);
    const builds = join(folder, "cache/llama-server");
    const [key = "", ...others] = readdirSync(builds);
    expect(others).toEqual([]);
    expect(readdirSync(join(builds, key)).sort()).toEqual([
      "build.json",
      "build.log",
      "llama-server",
    ]);
    expect(progress.map(({ stage }) => stage)).toEqual(
      expect.arrayContaining(["unpack", "configure", "compile"]) as string[],
    );
  });

  it("is not done twice", async () => {
    scriptedBuild(`${configure}\n${compile}`);
    const first = await buildLlamaServer(request(), world);
    tools({ cmake: "exit 1" });
    const second = await buildLlamaServer(request(), world);
    expect(second).toEqual({ ...first, reused: true, buildMs: undefined });
  });

  it("shows the end of the output when it fails, and keeps all of it", async () => {
    scriptedBuild(`${configure}\necho "error: no such instruction"; exit 2`);
    const failure = buildLlamaServer(request(), world);
    await expect(failure).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining("no such instruction") as string,
    });
    const [log = "", ...others] = readdirSync(join(folder, "cache/llama-server"));
    expect(others).toEqual([]);
    expect(readFileSync(join(folder, "cache/llama-server", log), "utf8")).toContain("error");
  });

  it("leaves nothing when it is aborted", async () => {
    scriptedBuild(`${configure}\nsleep 60`);
    const abort = new AbortController();
    const reason = new Error("Ctrl-C");
    const onProgress = ({ stage }: BuildProgress): void => {
      if (stage === "compile") abort.abort(reason);
    };
    const build = buildLlamaServer(request(), { ...world, onProgress, signal: abort.signal });
    await expect(build).rejects.toBe(reason);
    expect(readdirSync(join(folder, "cache/llama-server"))).toEqual([]);
  });
});

describe("the progress of a build", () => {
  it.each([
    ["[12/204] Building CXX object ggml/src/ggml.cpp.o", 12 / 204],
    ["[ 12%] Building CXX object ggml/src/ggml.cpp.o", 0.12],
    ["[100%] Built target llama-server", 1],
    ["-- Configuring done", undefined],
    ["note: see [1/2]", undefined],
  ])("is read from %j", (line, share) => {
    expect(compiledShare(line)).toBe(share);
  });
});

describe("compilers whose AMX code crashes", () => {
  const macros = (gcc: number, ...more: readonly string[]): string =>
    [`#define __GNUC__ ${gcc}`, ...more.map((name) => `#define ${name} 1`)].join("\n");

  it.each([
    ["GCC 12 on a processor with AMX", macros(12, "__AMX_INT8__"), true],
    ["GCC 13 on a processor with AMX", macros(13, "__AMX_INT8__"), false],
    ["GCC 12 on another processor", macros(12, "__AVX512F__"), false],
    ["clang, which calls itself GCC 4", macros(4, "__AMX_INT8__", "__clang__"), false],
    ["a compiler that says nothing", "", false],
  ])("are known: %s", (_name, text, expected) => {
    expect(needsNoAmx(text)).toBe(expected);
  });

  it("are told to leave it out, in addition to the user's own flags", () => {
    tools({ git: "", cmake: "", ...compilers, cc: `echo "${macros(12, "__AMX_INT8__")}"` });
    const { cmakeFlags } = planBuild(request({ env: { PATH: join(folder, "bin"), CFLAGS: "-g" } }));
    expect(cmakeFlags).toContain("-DCMAKE_C_FLAGS=-g -U__AMX_INT8__");
    expect(cmakeFlags).toContain("-DCMAKE_CXX_FLAGS=-U__AMX_INT8__");
  });
});
