// The layer table of ARCHITECTURE.md, as rules that a tool enforces: for each folder of src/, the whole
// list of other folders that a file in it may import, and why not more.
const layers = {
  core: { may: [], why: "the words that everything shares depend on nothing" },
  stats: { may: ["core"], why: "mathematics knows no runs" },
  scenario: { may: ["core"], why: "a plan is the same whoever runs it, judges it or shows it" },
  protocol: { may: ["core"], why: "bytes are read alike for every scenario and every server" },
  observe: { may: ["core"], why: "sensors are read alike whatever the traffic is" },
  target: {
    may: ["core", "scenario", "protocol"],
    why: "it starts and identifies servers, and measures nothing",
  },
  load: {
    may: ["core", "scenario", "protocol"],
    why: "the thread that times tokens judges nothing, and touches neither disk nor terminal",
  },
  judge: {
    may: ["core", "scenario", "stats"],
    why: "measuring and judging meet only in files: whatever is judged can be judged again",
  },
  store: { may: ["core", "judge"], why: "it keeps documents of judge, and computes none" },
  report: { may: ["core", "judge"], why: "reports show what was judged, and compute nothing" },
  session: {
    may: [
      ...["core", "scenario", "stats", "judge", "store"],
      ...["protocol", "target", "load", "observe", "reference-server"],
    ],
    why: "it measures run by run, and goes on by what was judged; what people see is made by cli",
  },
  "reference-server": { may: ["core"], why: "servers are programs of their own" },
};

const layerRules = Object.entries(layers).map(([folder, { may, why }]) => ({
  name: `${folder}-imports-only-its-layers`,
  comment: `${folder}/ may import ${may.length > 0 ? may.join(", ") : "nothing else"}: ${why}.`,
  severity: "error",
  from: { path: `^src/${folder}/` },
  to: { path: "^src/", pathNot: `^src/(${[folder, ...may].join("|")})/` },
}));

const onlyCliJoins = {
  name: "only-cli-joins-reports",
  comment:
    "Whatever measures would run as well if nothing were ever shown: only cli/ knows report/.",
  severity: "error",
  from: { path: "^src/", pathNot: "^src/(cli|report)/" },
  to: { path: "^src/(cli|report)/" },
};

/** Each dependency has one owner, so that replacing it touches one place. */
const owners = {
  "node-llama-cpp": ["reference-server"],
  handlebars: ["report/page"],
  uplot: ["cli"],
  autocannon: ["session/calibrate"],
  "csv-stringify": ["report/export"],
  jiti: ["scenario"],
  zod: ["scenario", "store"],
  "hdr-histogram-js": ["stats"],
  "simple-statistics": ["stats"],
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
  forbidden: [...layerRules, onlyCliJoins, ...ownership, noInputOutput, noCycles],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node"] },
  },
};
