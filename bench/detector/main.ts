/**
 * `npm run bench:detector [-- PART...] [--nights N] [--same N] [--slowed N] [--server NAME] [--users N]`: how
 * often the detector cries wolf, and what it finds. Parts: simulated, history, speed, real (about
 * half an hour; against `embedded`, `llama-server` or `scripted`), night (the documented commands:
 * --server, --repeats, --seconds, --same, --changed, --lanes; about half an hour on `scripted`). It reports; it never fails a build.
 */
import { show } from "./show.ts";

const words = process.argv.slice(2);

/** The number after `--name`, or `otherwise`. */
function numberOf(name: string, otherwise: number): number {
  const at = words.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(words[at + 1]);
}

const parts: Readonly<Record<string, () => Promise<void>>> = {
  simulated: async () => {
    const { simulatedTables } = await import("./simulated-tables.ts");
    for (const table of simulatedTables(numberOf("nights", 1000))) show(table);
  },
  history: async () => {
    const { historyTable } = await import("./history.ts");
    show(historyTable());
  },
  speed: async () => {
    const { speedTable } = await import("./speed.ts");
    show(await speedTable());
  },
  night: async () => {
    const { nightTable } = await import("./night.ts");
    const server = words.includes("--server")
      ? (words[words.indexOf("--server") + 1] ?? "")
      : "scripted";
    show(
      await nightTable({
        server,
        repeats: numberOf("repeats", 8),
        seconds: numberOf("seconds", 30),
        same: numberOf("same", 6),
        changed: numberOf("changed", 2),
        lanes: numberOf("lanes", server === "scripted" ? 6 : 1),
      }),
    );
  },
  real: async () => {
    const { realTable } = await import("./real.ts");
    const server = words[words.indexOf("--server") + 1] ?? "";
    const counts = { same: numberOf("same", 20), slowed: numberOf("slowed", 3) };
    const options = { ...counts, users: numberOf("users", 1) };
    show(await realTable(words.includes("--server") ? { ...options, server } : options));
  },
};

const wanted = words.filter((word, i) => !/^--|^\d/.test(word) && words[i - 1] !== "--server");
for (const name of wanted.length > 0 ? wanted : ["simulated", "history", "speed"]) {
  const part = parts[name];
  if (part === undefined)
    console.error(`no part "${name}"; there is ${Object.keys(parts).join(", ")}`);
  else await part();
}
