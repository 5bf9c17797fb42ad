// The fake Stripe: the binary again, on a free port.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { binary } from "./gateway.js";

/** Starts it; gives its address, the environment of a gateway that uses it, and how it ends. */
export async function startFakeStripe() {
  const child = spawn(binary(), ["fake-stripe", "--listen", "127.0.0.1:0", "--json"], { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const { api_base: url, api_key: key } = JSON.parse(line);
  return { url, env: { STRIPE_API_KEY: key, TILLBELL__STRIPE__API_BASE: url }, end: () => child.kill("SIGKILL") };
}
