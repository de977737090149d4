// The layer table of DESIGN (see ARCHITECTURE.md), as rules a tool enforces.
// `allowed[folder]` is the whole list of other folders that a file in it may import.
const allowed = {
  core: [],
  scenario: ["core"],
  protocol: ["core"],
  observe: ["core"],
  store: ["core", "judge"],
  stats: ["core"],
  target: ["core", "scenario", "protocol"],
  load: ["core", "scenario", "protocol"],
  judge: ["core", "scenario", "stats"],
  report: ["core", "judge"],
  "reference-server": ["core"],
};

const layers = Object.entries(allowed).map(([folder, others]) => ({
  name: `${folder}-imports-only-its-layers`,
  comment: `${folder}/ may import ${others.length > 0 ? others.join(", ") : "nothing else"}: measuring and judging meet only in files, and what is shared lives in core/.`,
  severity: "error",
  from: { path: `^src/${folder}/` },
  to: { path: "^src/", pathNot: `^src/(${[folder, ...others].join("|")})/` },
}));

/** Each dependency has one owner, so that replacing it touches one place. */
const owners = {
  "node-llama-cpp": ["reference-server"],
  handlebars: ["report/page", "report/run"],
  uplot: ["cli"],
  autocannon: ["session/calibrate"],
  "csv-stringify": ["report/export"],
  jiti: ["scenario"],
  zod: ["scenario", "store"],
  "hdr-histogram-js": ["stats"],
  koffi: ["observe"],
  systeminformation: ["observe"],
};

const ownership = Object.entries(owners).map(([dependency, places]) => ({
  name: `${dependency}-has-one-owner`,
  comment: `${dependency} is used only in ${places.join(", ")}: one owner per dependency.`,
  severity: "error",
  from: { path: "^src/", pathNot: `^src/(${places.join("|")})` },
  to: { path: `node_modules/${dependency}/` },
}));

const noInputOutput = {
  name: "pure-folders-do-no-io",
  comment: "core, stats, judge and report compute; callers hand them what they need.",
  severity: "error",
  from: { path: "^src/(core|stats|judge|report)/" },
  to: {
    dependencyTypes: ["core"],
    path: "^(node:)?(fs|fs/promises|net|http|https|child_process|worker_threads|dgram|tls)$",
  },
};

const noCycles = {
  name: "no-circular",
  comment: "A cycle means that two files are one idea, or that a third is missing.",
  severity: "error",
  from: {},
  to: { circular: true },
};

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [...layers, ...ownership, noInputOutput, noCycles],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node"] },
  },
};
