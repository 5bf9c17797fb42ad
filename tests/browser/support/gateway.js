// A real gateway: the binary, on a free port, in a data directory of its own.

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./until.js";

/** The binary: what was built last, unless the environment names another. */
export const binary = () => process.env.TILLBELL_BIN ?? BUILT;

const BUILT = fileURLToPath(new URL("../../../target/debug/tillbell", import.meta.url));
const READY_WITHIN_MS = 20_000;

/** A gateway that can be killed and started again where it was, as if its machine had lost power. */
export class Gateway {
  #data = mkdtempSync(join(tmpdir(), "tillbell-browser-"));
  #process = null;
  #said = "";
  #listen = "127.0.0.1:0";
  #env = {};

  /** Starts a gateway in a new data directory. */
  static async start(env = {}) {
    const gateway = new Gateway();
    gateway.#env = env;
    await gateway.run();
    // A first run prints the links; the overlay's is good for as long as its key, the dashboard's once.
    gateway.overlay = /\S+\/overlay\/#k=\S+/.exec(gateway.#said)?.[0];
    gateway.dashboard = /\S+\/#code=\S+/.exec(gateway.#said)?.[0];
    if (!gateway.overlay || !gateway.dashboard) throw new Error(`a first run prints no links, but: ${gateway.#said}`);
    return gateway;
  }

  /** Runs the binary and waits until it is ready; after the first time on the same port. */
  async run() {
    if (!existsSync(binary())) throw new Error(`${binary()} is missing: run cargo build, or name the binary in TILLBELL_BIN`);
    const env = { ...process.env, ...this.#env };
    const child = spawn(binary(), ["serve", "--listen", this.#listen, "--data", this.#data], { env });
    let log = "";
    child.stdout.on("data", (text) => (this.#said += text));
    child.stderr.on("data", (text) => (log += text));
    this.#process = child;
    await until("the gateway is ready", async () => {
      if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}: ${log}`);
      return this.#ready();
    }, READY_WITHIN_MS);
    this.#listen = new URL(this.url).host;
  }

  async #ready() {
    const address = join(this.#data, "address");
    if (!existsSync(address)) return false;
    this.url = readFileSync(address, "utf8").trim().replace(/\/$/, "");
    if (!this.url) return false;
    return fetch(`${this.url}/readyz`).then(({ ok }) => ok, () => false);
  }

  /** SIGKILL: nothing is saved that was not saved before. */
  async kill() {
    const child = this.#process;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  /** Ends the gateway and removes its data. */
  async end() {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) await this.kill();
    rmSync(this.#data, { recursive: true, force: true });
  }

  /** Asks the admin API; gives the answer's JSON. */
  async api(method, path, body) {
    const token = readFileSync(join(this.#data, "admin.token"), "utf8").trim();
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  }

  /** Runs a command of the binary against it; gives what it prints. */
  command(...args) {
    return execFileSync(binary(), [...args, "--data", this.#data], { encoding: "utf8" });
  }

  /** Makes a test alert; gives its id. */
  async testAlert(alert = {}) {
    const { alert_id } = await this.api("POST", "/streamers/me/test-alerts", alert);
    return alert_id;
  }

  /** Makes a key of that role; gives its one-time dashboard link. */
  async link(role) {
    const { link } = await this.api("POST", "/streamers/me/keys", { role });
    return link;
  }

  alert(id) {
    return this.api("GET", `/streamers/me/alerts/${id}`);
  }

  /** The alert, once it has ended. */
  async ended(id) {
    const over = ({ state }) => state !== "queued" && state !== "playing";
    return until(`alert ${id} has ended`, async () => {
      const alert = await this.alert(id);
      return over(alert) && alert;
    });
  }

  /** Waits until so many overlay pages are connected. */
  connected(count) {
    return until(`${count} pages are connected`, async () => (await this.api("GET", "/connections")).data.length === count);
  }
}
