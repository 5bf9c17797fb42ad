// What of the overlay's budget is counted, not timed, in the engines OBS ships. `npm run budget` has the rest.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ENGINES, launch } from "./support/engines.js";
import { held, openEndless, playMany } from "./support/endless.js";
import { Gateway } from "./support/gateway.js";
import { SOFTWARE, THEMES, firstLoad, idle, play } from "./support/costs.js";
import { openOverlay } from "./support/page.js";
import { openShop } from "./support/stripe.js";
import { count, paintedFrames } from "./support/trace.js";

const SHELL_BYTES_MAX = 25 * 1_024; // gzipped
const IDLE_MS = 3_000;
const ORDER = { nickname: "mika", message: "love the stream", product: "Hoodie", variant: "L", amount: 2599, currency: "eur" };
const FEW_ALERTS = 60;

for (const engine of ENGINES.filter(({ name }) => name !== "current")) {
  describe(engine.name, () => {
    let browser, gateway;

    before(async () => {
      browser = await launch({ ...engine, args: SOFTWARE });
      gateway = await Gateway.start();
      await gateway.api("PATCH", "/streamers/me", { duration: "3s" });
    });
    after(async () => {
      await browser?.close();
      await gateway?.end();
    });

    test("a first load is small, and asks nobody else", async () => {
      const { files, hosts } = await firstLoad(browser, gateway.overlay, () => gateway.connected(1));
      assert.deepEqual(hosts, [new URL(gateway.url).host]);
      assert.ok(files.some(({ path }) => path === "/overlay/main.js"));
      const sum = files.reduce((all, { gzipped }) => all + gzipped, 0);
      assert.ok(sum <= SHELL_BYTES_MAX, `${sum} bytes: ${JSON.stringify(files)}`);
      await gateway.connected(0);
    });

    test("playing only moves what was painted once, and idle it does nothing, in every theme", async () => {
      const page = await openOverlay(browser, gateway.overlay);
      await gateway.connected(1);
      const sell = await openShop(gateway);
      for (const theme of THEMES) {
        await gateway.api("PATCH", "/streamers/me", { theme });
        const { events, layers, properties } = await play(page, () => sell(ORDER));
        assert.ok(properties.length > 0, `${theme} moves`);
        assert.deepEqual(properties.filter((name) => !["opacity", "transform"].includes(name)), [], theme);
        assert.ok(layers >= 1 && layers <= 3, `${theme} has ${layers} layers`);
        const [painted, drawn] = [paintedFrames(events), count(events, "DrawFrame")];
        assert.ok(painted > 0 && painted <= 12, `${theme} paints ${painted} of ${drawn} frames`);
        assert.ok(count(events, "Layout") <= 6, `${theme} has ${count(events, "Layout")} layouts`);
      }
      const { cpu, ...done } = await idle(page, IDLE_MS);
      assert.deepEqual(done, { timers: 0, frames: 0, paints: 0, nodes: 0, animations: 0 });
      await page.close();
      await gateway.connected(0);
    });

    test("alert after alert leaves nothing behind", async () => {
      const page = await openEndless(browser, gateway.overlay);
      await playMany(page, FEW_ALERTS);
      const before = await held(page);
      await playMany(page, FEW_ALERTS);
      const after = await held(page);
      assert.ok(after.nodes - before.nodes < 3 * FEW_ALERTS, `${before.nodes} nodes, then ${after.nodes}`);
      assert.equal(after.listeners, before.listeners);
      await page.close();
    });
  });
}
