// The local shell file, as OBS opens it: it always loads, and the order in which OBS and the gateway start does not matter.

import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ENGINES, launch } from "./support/engines.js";
import { Gateway } from "./support/gateway.js";
import { activateWithRefresh, beObs, obsSays, setActive } from "./support/obs.js";
import { card, openOverlay, paintedPixels, stageEmpty } from "./support/page.js";
import { until } from "./support/until.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));

mkdirSync(ARTEFACTS, { recursive: true });

for (const engine of ENGINES.filter(({ name }) => name !== "current")) {
  describe(engine.name, () => {
    let browser, gateway, file, page;

    before(async () => {
      browser = await launch(engine);
    });
    after(() => browser?.close());
    beforeEach(async () => {
      gateway = await Gateway.start();
      await gateway.api("PATCH", "/streamers/me", { duration: "3s" });
      file = join(ARTEFACTS, `${engine.name}-shell-in-obs.html`);
      writeFileSync(file, await (await fetch(`${gateway.url}/overlay/shell`)).text());
    });
    afterEach(async () => {
      await page?.close();
      await gateway.end();
      rmSync(file);
    });

    async function open(status = undefined) {
      const address = pathToFileURL(file).href + new URL(gateway.overlay).hash;
      page = await openOverlay(browser, address, undefined, (fresh) => beObs(fresh, status));
    }

    const overlay = () => until("the shell holds the overlay", () =>
      page.frames().find((frame) => frame.url().startsWith(`${gateway.url}/overlay/`)));
    const connection = (what, fits) => until(what, async () => (await gateway.api("GET", "/connections")).data.find(fits));

    async function plays(name) {
      const id = await gateway.testAlert({ name });
      const frame = await overlay();
      assert.equal((await card(frame)).name, name);
      assert.notEqual(await paintedPixels(page), 0);
      await stageEmpty(frame);
      const { state, proof } = await gateway.ended(id);
      assert.equal(state, "shown");
      return proof;
    }

    test("in it the overlay knows OBS, hears its events, and sounds", async () => {
      await open({ streaming: true, recording: false });
      const { obs } = await connection("it has told that OBS streams", ({ streaming }) => streaming === true);
      assert.equal(obs, "32.2.2");
      await setActive(page, true);
      await connection("it is active", ({ active }) => active === true);
      const { active, streaming, audio } = await plays("mika");
      assert.deepEqual({ active, streaming, audio }, { active: true, streaming: true, audio: true });
      await obsSays(page, "obsStreamingStopped");
      await connection("the stream has ended", ({ streaming }) => streaming === false);
    });

    test("the gateway comes up after OBS, goes, and comes back", async () => {
      await gateway.kill();
      await open();
      for (const name of ["first", "second"]) {
        assert.equal(await paintedPixels(page), 0, "no error is ever seen on stream");
        await gateway.run();
        await gateway.connected(1);
        await plays(name);
        await gateway.kill();
      }
    });

    test("refreshed while the gateway is away, it still comes back", async () => {
      await open();
      await gateway.connected(1);
      await gateway.kill();
      await setActive(page, false);
      await activateWithRefresh(page);
      assert.equal(await paintedPixels(page), 0);
      await gateway.run();
      await gateway.connected(1);
      await plays("mika");
    });

    test("an overlay whose own page fails is built anew", async () => {
      await open();
      await gateway.connected(1);
      const frame = await overlay();
      await gateway.kill();
      await frame.evaluate(() => location.reload()).catch(() => {}); // the frame goes away under the call
      await until("the frame has failed", () => page.frames().every((one) => !one.url().startsWith(gateway.url)));
      assert.equal(await paintedPixels(page), 0);
      await gateway.run();
      await gateway.connected(1);
      await plays("mika");
    });

    test("the key is in none of its lines", async () => {
      await open();
      await gateway.connected(1);
      await gateway.kill();
      await page.reload();
      await gateway.run();
      await gateway.connected(1);
      const key = new URL(gateway.overlay).hash.slice("#k=".length);
      assert.deepEqual(page.lines.filter((line) => line.includes(key)), []);
      assert.deepEqual(page.complaints, []);
    });
  });
}
