// The browsers the overlay is tested in: the two that OBS ships (obs.md §2.1), and a current one.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import puppeteer from "puppeteer-core";

const MODULES = fileURLToPath(new URL("../node_modules/", import.meta.url));
const CURRENT_NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

// What OBS sets (autoplay), what a machine without screen, GPU and user namespaces needs, and a plain picture.
const ALWAYS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio", "--hide-scrollbars"];
const PACKED = ["--single-process", "--no-zygote", "--in-process-gpu", "--use-gl=angle", "--use-angle=swiftshader"];

/** Chrome 103 is in OBS 28 to 30, Chrome 127 in OBS 31 and 32. */
export const ENGINES = [
  { name: "chrome-103", find: () => unpack("chromium-103"), headless: "shell", args: PACKED },
  { name: "chrome-127", find: () => unpack("chromium-127"), headless: "shell", args: PACKED },
  { name: "current", find: findCurrent, headless: true, args: [] },
];

/** Starts an engine. Fails with one sentence that says what is missing. */
export async function launch({ name, find, headless, args }) {
  const executablePath = find();
  try {
    const options = { executablePath, headless, args: [...ALWAYS, ...args], env: environment(executablePath) };
    const browser = await puppeteer.launch(options);
    // A packed engine that is asked to close now and then never does, and a test would wait for ever.
    browser.close = () => kill(browser.process());
    return browser;
  } catch (error) {
    const missing = /lib\w+\.so[.\d]*/.exec(error.message)?.[0];
    const why = missing ? `${missing} is missing: apt-get install libnss3` : error.message;
    throw new Error(`${name} does not start: ${why}`, { cause: error });
  }
}

// Ends an engine with all its processes, which are a group.
async function kill(main) {
  if (main.exitCode !== null || main.signalCode !== null) return;
  const gone = once(main, "exit");
  process.kill(-main.pid, "SIGKILL");
  await gone;
}

// The packages carry compressed browsers and unpack all versions to one path in the temporary directory, so we unpack
// them ourselves, each beside its package.
function unpack(pack) {
  const from = join(MODULES, pack, "bin");
  const into = join(MODULES, ".engines", pack);
  const executable = join(into, "chromium");
  if (existsSync(executable)) return executable;
  if (!existsSync(from)) throw new Error(`${pack} is not installed: run npm ci in tests/browser`);
  mkdirSync(into, { recursive: true });
  const libraries = brotliDecompressSync(readFileSync(join(from, "swiftshader.tar.br")));
  execFileSync("tar", ["-x", "--no-same-owner", "-C", into], { input: libraries });
  const unfinished = `${executable}.${process.pid}`;
  writeFileSync(unfinished, brotliDecompressSync(readFileSync(join(from, "chromium.br"))));
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, executable);
  return executable;
}

function environment(executable) {
  return { ...process.env, LD_LIBRARY_PATH: [join(executable, ".."), process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter) };
}

function findCurrent() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = CURRENT_NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [process.env.TILLBELL_CHROMIUM, ...candidates].find((path) => path && runnable(path));
  if (!found) throw new Error("no current Chromium here: apt-get install chromium, or name one in TILLBELL_CHROMIUM");
  return found;
}

function runnable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
