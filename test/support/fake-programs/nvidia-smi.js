/**
 * A fake nvidia-smi: the help page, a query, and a query that goes on (`-lms`).
 *
 * FAKE_SMI_GPUS=1   devices
 * FAKE_SMI_MODE     absent: all is well, or
 *   old         fields as drivers named them before 530
 *   sentinels   device i has the i-th of the words that stand for "no value"
 *   mig         MIG mode: no utilization
 *   lost        every value is "[GPU is lost]", once it goes on
 *   die         ends with code 15 after two rounds, whenever it is started
 *   half        half a line, then silence
 *   garbage     lines that are no rows
 *   no-driver   fails at everything, as without a driver
 *   hang        never answers
 *   picky       its help names a field that it then refuses
 */
import { appendFileSync } from "node:fs";
import { setInterval, setTimeout } from "node:timers";

const argv = process.argv.slice(2);
const { FAKE_SMI_GPUS: gpus = "1", FAKE_SMI_MODE: mode = "", FAKE_SMI_LOG: log } = process.env;

const SENTINELS = [
  "",
  "N/A",
  "[N/A]",
  "[Not Supported]",
  "[Insufficient Permissions]",
  "[Unknown Error]",
  "[GPU is lost]",
  "[Requested functionality has been deprecated]",
];

const values = {
  driver_version: () => "580.65.06",
  index: String,
  uuid: (gpu) => `GPU-00000000-5a11-0000-0000-${String(gpu).padStart(12, "0")}`,
  name: () => "NVIDIA Fake 80GB",
  "mig.mode.current": () => (mode === "mig" ? "Enabled" : "Disabled"),
  "utilization.gpu": () => (mode === "mig" ? "[N/A]" : "97"),
  "utilization.memory": () => (mode === "mig" ? "[N/A]" : "41"),
  "memory.total": () => "81920",
  "memory.reserved": () => "512",
  "memory.used": () => "20480",
  "temperature.gpu": (gpu) => String(60 + gpu),
  "temperature.memory": () => "72",
  "power.draw": () => "311.00",
  "power.draw.instant": () => "305.25",
  "power.draw.average": () => "298.10",
  "enforced.power.limit": () => "700.00",
  "clocks.current.sm": () => "1980",
  "clocks.current.memory": () => "2619",
  "clocks_event_reasons.active": () => "0x0000000000000004",
  "clocks_event_reasons_counters.sw_power_cap": () => "2500000",
  "clocks_event_reasons_counters.sw_thermal_slowdown": () => "1000000",
  "clocks_event_reasons_counters.hw_thermal_slowdown": () => "500000",
  "clocks_event_reasons_counters.hw_power_brake_slowdown": () => "0",
  timestamp: () => stampNow(),
};

const RENAMED = { "clocks_event_reasons.active": "clocks_throttle_reasons.active" };
const NEWER = /instant|average|reserved|counters|enforced/;

/** Properties as this driver names them, by line of the help. */
function properties() {
  const names = Object.keys(values);
  if (mode !== "old") {
    return names.map((name) => (RENAMED[name] ? [name, RENAMED[name]] : [name]));
  }
  return names.filter((name) => !NEWER.test(name)).map((name) => [RENAMED[name] ?? name]);
}

function valueOf(field, gpu) {
  if (mode === "sentinels" && !["index", "uuid", "name", "timestamp"].includes(field)) {
    return SENTINELS[gpu % SENTINELS.length];
  }
  const name = Object.keys(RENAMED).find((one) => RENAMED[one] === field) ?? field;
  return values[name](gpu);
}

function stampNow() {
  return new Date().toISOString().replace("T", " ").replaceAll("-", "/").slice(0, 23);
}

function rows(fields, isStream) {
  for (let gpu = 0; gpu < Number(gpus); gpu += 1) {
    const line = fields.map((field) =>
      isStream && mode === "lost" && field !== "index" ? "[GPU is lost]" : valueOf(field, gpu),
    );
    console.log(line.join(", "));
  }
}

function refuse(fields) {
  const known = properties().flat();
  const unknown = fields.find((field) => !known.includes(field));
  if (unknown === undefined && mode !== "picky") return;
  console.log(`Field "${unknown ?? fields.at(-1)}" is not a valid field to query.`);
  process.exit(2);
}

function stream(fields, interval) {
  let rounds = 0;
  const round = () => {
    if (mode === "garbage") console.log("Unable to determine the device handle\n,,,");
    else rows(fields, true);
    rounds += 1;
    if (mode === "die" && rounds === 2) process.exit(15);
  };
  if (mode === "half") {
    process.stdout.write(
      fields
        .map((field) => valueOf(field, 0))
        .join(", ")
        .slice(0, 40),
    );
    setTimeout(() => undefined, 3_600_000);
    return;
  }
  round();
  setInterval(round, interval);
}

function main() {
  if (log !== undefined) appendFileSync(log, `${argv.join(" ")}\n`);
  if (mode === "hang") {
    setTimeout(() => undefined, 3_600_000);
    return;
  }
  if (mode === "no-driver") {
    console.log(
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
    );
    process.exit(9);
  }
  if (argv.includes("--help-query-gpu")) {
    console.log('List of valid properties to query for the switch "--query-gpu=":\n');
    for (const names of properties()) {
      console.log(`${names.map((name) => `"${name}"`).join(" or ")}\nWhat it is.\n`);
    }
    return;
  }
  const query = argv.find((one) => one.startsWith("--query-gpu="));
  const fields = query?.slice("--query-gpu=".length).split(",") ?? [];
  refuse(fields);
  const every = argv.indexOf("-lms");
  if (every < 0) rows(fields, false);
  else stream(fields, Number(argv[every + 1]));
}

main();
