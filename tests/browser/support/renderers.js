// What the renderer processes of a browser use, as Linux tells it.

import { readFileSync, readdirSync } from "node:fs";

const TICK_MS = 10; // /proc counts CPU time in hundredths of a second
const PAGE_BYTES = 4_096;

/** CPU time used so far in ms, and memory resident now in bytes, of all renderers of the browser together. */
export function renderers(browser) {
  const family = new Set([browser.process().pid]);
  const used = { cpuMs: 0, bytes: 0 };
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids.sort((a, b) => a - b)) {
    const [stat, command, memory] = ["stat", "cmdline", "statm"].map((file) => read(`/proc/${pid}/${file}`));
    const [, parent, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (!family.has(Number(parent))) continue;
    family.add(pid);
    if (!command.includes("--type=renderer")) continue;
    used.cpuMs += (Number(fields[9]) + Number(fields[10])) * TICK_MS; // utime and stime
    used.bytes += Number(memory.split(" ")[1]) * PAGE_BYTES;
  }
  return used;
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has ended meanwhile
  }
}
