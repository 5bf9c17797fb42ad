// The pages beside the alerts, in the engines OBS ships and a current one, against the real gateway and signed sales.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ENGINES, launch } from "./support/engines.js";
import { Gateway } from "./support/gateway.js";
import { openOverlay, paintedPixels } from "./support/page.js";
import { openShop } from "./support/stripe.js";
import { until } from "./support/until.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));
const SIZES = {
  goal: { width: 600, height: 120 },
  latest: { width: 600, height: 128 },
  top: { width: 400, height: 320 },
  sold: { width: 400, height: 100 },
  qr: { width: 400, height: 400 },
};
const HOSTILE = "<img src=x onerror=\"document.title='taken'\">";

const hoodie = { amount: 2000, currency: "usd", product: "Hoodie" };
const session = (name) => `cs_live_${name}`;

mkdirSync(ARTEFACTS, { recursive: true });

for (const engine of ENGINES) {
  describe(engine.name, () => {
    let browser, gateway, sell;
    let pages = [];

    before(async () => {
      browser = await launch(engine);
    });
    after(() => browser?.close());
    beforeEach(async () => {
      gateway = await Gateway.start();
      sell = await openShop(gateway);
      pages = [];
    });
    afterEach(async () => {
      for (const page of pages) await page.close();
      await gateway.end();
    });

    async function open(kind, size = SIZES[kind]) {
      const name = `${kind}-${pages.length}`;
      const { url } = await gateway.api("POST", "/streamers/me/overlays", { name, kind });
      const page = await openOverlay(browser, url, size);
      pages.push(page);
      await gateway.connected(pages.length);
      return page;
    }

    // What a viewer reads, as one line.
    const text = (page) => page.evaluate(() => document.querySelector(".extra")?.innerText.replace(/\s+/g, " ").trim() ?? "");
    const reads = (page, what) => until(`the page reads ${what}`, async () => {
      const now = await text(page);
      return what instanceof RegExp ? what.test(now) : now === what;
    });
    const picture = async (page, name) => {
      await page.bringToFront(); // a page in the background has no animation frames
      await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
      const clipped = await page.$eval(".x-plate", (plate) => {
        const { left, top, right, bottom } = plate.getBoundingClientRect();
        const inside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
        return !inside || plate.scrollWidth > plate.clientWidth || plate.scrollHeight > plate.clientHeight;
      });
      assert.equal(clipped, false, `${name} fits its source`);
      await page.screenshot({ path: join(ARTEFACTS, `${engine.name}-extra-${name}.png`), omitBackground: true });
    };
    const goal = (minor) => gateway.api("PATCH", "/streamers/me", {
      goal: { title: "New microphone", amount: { minor, currency: "usd" } },
    });

    test("the goal follows sales and refunds, and is reached before the viewers' eyes", async () => {
      const page = await open("goal");
      assert.equal(await paintedPixels(page), 0, "without a goal nothing is seen");
      await goal(5000);
      await reads(page, "New microphone 0 % $0.00 of $50.00");
      await sell({ ...hoodie, session: session("a"), nickname: "mika" });
      await reads(page, "New microphone 40 % $20.00 of $50.00");
      await picture(page, "goal");
      await sell({ ...hoodie, amount: 4000, session: session("b"), nickname: "mika" });
      await reads(page, "New microphone 120 % $60.00 of $50.00 reached");
      assert.equal(await page.$$eval(".x-joy", (all) => all.length), 1);
      await picture(page, "goal-reached");
      await sell.refund({ ...hoodie, session: session("a") });
      await reads(page, "New microphone 80 % $40.00 of $50.00 reached");
      await gateway.api("PATCH", "/streamers/me", { goal: null });
      await reads(page, "");
      assert.deepEqual(page.complaints, []);
    });

    test("latest, top and sold show what was really sold", async () => {
      const [latest, top, sold] = [await open("latest"), await open("top"), await open("sold")];
      await gateway.testAlert({ name: "nobody", items: [{ name: "Nothing", quantity: 9 }] });
      await sell({ ...hoodie, session: session("a"), nickname: "mika", quantity: 2 });
      await reads(latest, "Latest mika bought Hoodie ×2 $20.00");
      await reads(top, "Top buyers, 24 h 1 mika $20.00");
      await reads(sold, "2 sold in 24 h");
      await sell({ ...hoodie, amount: 900, session: session("b"), nickname: HOSTILE, product: "Mug" });
      await reads(latest, /^Latest <img src=x onerror=/);
      await reads(top, /1 mika \$20\.00 2 <img src=x/);
      await reads(sold, "3 sold in 24 h");
      assert.equal(await latest.$$eval(".extra img", (all) => all.length), 0);
      assert.equal(await latest.title(), "Tillbell overlay");
      for (const [kind, page] of Object.entries({ latest, top, sold })) await picture(page, kind);
      await sell.refund({ ...hoodie, session: session("a") });
      await reads(top, /^Top buyers, 24 h 1 <img/);
      await reads(sold, "1 sold in 24 h");
      await reads(latest, /^Latest <img src=x[^]*\$9\.00$/);
      for (const page of pages) assert.deepEqual(page.complaints, []);
    });

    test("panic takes the names away and the resume brings them back", async () => {
      const [latest, top] = [await open("latest"), await open("top")];
      await sell({ ...hoodie, session: session("a"), nickname: "mika" });
      await Promise.all([reads(latest, /mika/), reads(top, /mika/)]);
      await gateway.api("POST", "/streamers/me/queue/panic");
      for (const page of pages) {
        await page.waitForSelector("[data-panic]", { timeout: 30_000 });
        assert.equal(await paintedPixels(page), 0);
      }
      await sell({ ...hoodie, session: session("b"), nickname: "another" });
      await gateway.api("POST", "/streamers/me/queue/resume");
      await Promise.all([reads(latest, /another/), reads(top, /another/)]);
    });

    test("a code leads to the store", async () => {
      await gateway.api("PATCH", "/streamers/me", { name: "Mika's corner" });
      const page = await open("qr");
      await reads(page, "Mika's corner scan to shop");
      await page.waitForFunction(() => document.querySelector(".x-code").naturalWidth > 0, { polling: 50, timeout: 30_000 });
      await picture(page, "qr");
      assert.deepEqual(page.complaints, []);
    });

    test("a page that rests has no animation and paints nothing", async () => {
      const page = await open("goal");
      await goal(5000);
      await reads(page, /New microphone/);
      await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
      assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
      const frames = [];
      const client = await page.createCDPSession();
      client.on("Network.webSocketFrameReceived", ({ response }) => frames.push(JSON.parse(response.payloadData).type));
      await client.send("Network.enable");
      const before = await page.metrics();
      // A sale in another currency counts for nothing here, so the page is told nothing new.
      await sell({ ...hoodie, currency: "eur", session: session("a"), nickname: "mika" });
      await until("the queue was told", () => frames.includes("queue"));
      assert.ok(!frames.includes("board"), frames.join());
      assert.equal((await page.metrics()).LayoutCount, before.LayoutCount);
    });
  });
}
