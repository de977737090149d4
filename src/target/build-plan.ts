/** What `plimsoll server build` is going to do: release, backend, flags, tools. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf, usageError } from "../core/errors.ts";
import { faultyCompilerFlags } from "./compiler-faults.ts";
import { findExecutable, isExecutable } from "./find-executable.ts";

export const backends = ["cpu", "cuda", "metal", "vulkan"] as const;
export type Backend = (typeof backends)[number];

export interface BuildRequest {
  /** The installed package node-llama-cpp, which carries the source of llama.cpp. */
  readonly packageDir: string;
  readonly cacheDir: string;
  readonly backend: Backend | "auto";
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Compilers that run at once. */
  readonly jobs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface BuildPlan {
  /** Of llama.cpp, e.g. `v0.5.0`. */
  readonly release: string;
  readonly backend: Backend;
  /** The git bundle. */
  readonly source: string;
  /** For `cmake -S -B`. */
  readonly cmakeFlags: readonly string[];
  /** Name of the build in the cache: release, backend, and a hash of the flags. */
  readonly key: string;
}

const BACKEND_FLAGS: Readonly<Record<Backend, readonly string[]>> = {
  cpu: ["-DGGML_METAL=OFF"],
  cuda: ["-DGGML_CUDA=ON"],
  metal: ["-DGGML_METAL=ON"],
  vulkan: ["-DGGML_VULKAN=ON"],
};

/** A program that has to be there, and the packages that bring it. */
interface Tool {
  readonly what: string;
  readonly names: readonly string[];
  readonly debian: string;
  readonly fedora: string;
  readonly macos: string;
}

const C_COMPILERS = ["cc", "gcc", "clang"];
const XCODE = "xcode-select --install";

const TOOLS: readonly Tool[] = [
  { what: "git", names: ["git"], debian: "git", fedora: "git", macos: XCODE },
  {
    what: "cmake",
    names: ["cmake"],
    debian: "cmake",
    fedora: "cmake",
    macos: "brew install cmake",
  },
  {
    what: "a C++ compiler",
    names: ["c++", "g++", "clang++"],
    debian: "g++",
    fedora: "gcc-c++",
    macos: XCODE,
  },
  {
    what: "a C compiler",
    names: C_COMPILERS,
    debian: "gcc",
    fedora: "gcc",
    macos: XCODE,
  },
  {
    what: "ninja or make",
    names: ["ninja", "make"],
    debian: "ninja-build",
    fedora: "ninja-build",
    macos: "brew install ninja",
  },
];

const BACKEND_TOOLS: Readonly<Partial<Record<Backend, Tool>>> = {
  cuda: {
    what: "the CUDA compiler nvcc",
    names: ["nvcc"],
    debian: "nvidia-cuda-toolkit",
    fedora: "cuda-toolkit",
    macos: "(CUDA does not exist on macOS: use --backend metal)",
  },
  vulkan: {
    what: "the Vulkan shader compiler glslc",
    names: ["glslc"],
    debian: "glslc libvulkan-dev spirv-headers",
    fedora: "glslc vulkan-loader-devel spirv-headers-devel",
    macos: "brew install shaderc vulkan-headers vulkan-loader spirv-headers",
  },
};

/**
 * Reads the source's release, settles the backend, and makes sure that the tools are there.
 *
 * @throws usageError when the source or a tool is missing; the hint names the packages to install
 */
export function planBuild(request: BuildRequest): BuildPlan {
  const { release, source } = readRelease(request.packageDir);
  const backend = request.backend === "auto" ? detectBackend(request) : request.backend;
  refuseMissingTools(request, backend);
  const cmakeFlags = [
    "-DCMAKE_BUILD_TYPE=Release",
    // One file that stands alone in the cache, for the processor of this machine.
    ...["-DBUILD_SHARED_LIBS=OFF", "-DGGML_NATIVE=ON"],
    // It serves loopback and loads local files: no TLS, and nothing fetched while building.
    ...["-DLLAMA_OPENSSL=OFF", "-DLLAMA_BUILD_UI=OFF", "-DLLAMA_USE_PREBUILT_UI=OFF"],
    ...["-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_EXAMPLES=OFF", "-DLLAMA_BUILD_APP=OFF"],
    // The bundle's only commit says nothing; with these, `/props` tells the release.
    ...["-DLLAMA_BUILD_IS_DEV=OFF", `-DLLAMA_BUILD_COMMIT=${release}`],
    ...BACKEND_FLAGS[backend],
    ...compilerFlags(request, backend),
  ];
  const identity = JSON.stringify([cmakeFlags, request.platform, request.arch]);
  const hash = createHash("sha256").update(identity).digest("hex").slice(0, 8);
  return { release, backend, source, cmakeFlags, key: `${release}-${backend}-${hash}` };
}

function readRelease(packageDir: string): { readonly release: string; readonly source: string } {
  const source = join(packageDir, "llama/gitRelease.bundle");
  const infoFile = join(packageDir, "llama/llama.cpp.info.json");
  try {
    if (!existsSync(source)) throw new Error(`${source} does not exist`);
    const info = JSON.parse(readFileSync(infoFile, "utf8")) as { readonly tag?: unknown };
    // The tag becomes part of a folder name and of a compiler flag.
    if (typeof info.tag === "string" && /^[\w.-]+$/.test(info.tag))
      return { release: info.tag, source };
    throw new Error(`${infoFile} names no release`);
  } catch (error) {
    throw usageError(
      `the source of llama.cpp is missing: ${messageOf(error)}`,
      "It comes with the optional package node-llama-cpp: `npm install node-llama-cpp`",
      error,
    );
  }
}

/** Only what is sure to work: a backend that is half installed would fail minutes later. */
function detectBackend(request: BuildRequest): Backend {
  if (request.platform === "darwin") return "metal";
  return findNvcc(request) === undefined ? "cpu" : "cuda";
}

function findNvcc({ env }: BuildRequest): string | undefined {
  const usual = [`${env["CUDA_PATH"] ?? "/usr/local/cuda"}/bin/nvcc`, "/usr/local/cuda/bin/nvcc"];
  return findExecutable(["nvcc"], env["PATH"]) ?? usual.find(isExecutable);
}

/** CMake itself looks for nvcc in PATH only; and some compilers need care. */
function compilerFlags(request: BuildRequest, backend: Backend): readonly string[] {
  const { env } = request;
  const nvcc = backend === "cuda" ? findNvcc(request) : undefined;
  const compiler = env["CC"] ?? findExecutable(C_COMPILERS, env["PATH"]);
  const care = compiler === undefined ? [] : faultyCompilerFlags(compiler, env);
  const withUsers = (flags: string | undefined): string => [flags ?? "", ...care].join(" ").trim();
  return [
    ...(nvcc === undefined ? [] : [`-DCMAKE_CUDA_COMPILER=${nvcc}`]),
    ...(care.length === 0
      ? []
      : [
          `-DCMAKE_C_FLAGS=${withUsers(env["CFLAGS"])}`,
          `-DCMAKE_CXX_FLAGS=${withUsers(env["CXXFLAGS"])}`,
        ]),
  ];
}

function refuseMissingTools(request: BuildRequest, backend: Backend): void {
  const extra = BACKEND_TOOLS[backend];
  const needed = extra === undefined ? TOOLS : [...TOOLS, extra];
  const isThere = (tool: Tool): boolean =>
    findExecutable(tool.names, request.env["PATH"]) !== undefined ||
    (tool.names.includes("nvcc") && findNvcc(request) !== undefined);
  const missing = needed.filter((tool) => !isThere(tool));
  if (missing.length === 0) return;
  const packages = (of: "debian" | "fedora"): string => missing.map((tool) => tool[of]).join(" ");
  throw usageError(
    `llama-server cannot be built here: ${missing.map((tool) => tool.what).join(", ")} not found`,
    [
      `Debian, Ubuntu: sudo apt-get install ${packages("debian")}`,
      `Fedora: sudo dnf install ${packages("fedora")}`,
      `macOS: ${[...new Set(missing.map((tool) => tool.macos))].join(" && ")}`,
    ].join("\n"),
  );
}
