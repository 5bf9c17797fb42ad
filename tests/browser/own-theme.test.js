// A theme of the streamer's own, from the command line to the card, in the oldest browser OBS ships and a current one.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ENGINES, launch } from "./support/engines.js";
import { Gateway } from "./support/gateway.js";
import { openOverlay, settledCard, stageEmpty } from "./support/page.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));
const EXAMPLE = fileURLToPath(new URL("../../examples/theme", import.meta.url));
const HOODIE = { amount: { minor: 2599, currency: "EUR" }, name: "mika", message: "love the stream", items: [{ name: "Hoodie", quantity: 2 }] };

/** A folder with a theme `mine` that declares this. */
function themeOf(css, more = {}) {
  const folder = mkdtempSync(join(tmpdir(), "tillbell-theme-"));
  writeFileSync(join(folder, "theme.json"), JSON.stringify({ name: "mine", title: "Mine", version: "1", ...more }));
  writeFileSync(join(folder, "theme.css"), css);
  return folder;
}

/** What the card's parts look like. */
const styles = (page, parts) =>
  page.evaluate((wanted) => {
    const of = (selector, property) => getComputedStyle(document.querySelector(selector))[property];
    return wanted.map(([selector, property]) => of(selector, property));
  }, parts);

mkdirSync(ARTEFACTS, { recursive: true });

for (const engine of ENGINES.filter(({ name }) => name !== "chrome-127")) {
  describe(engine.name, () => {
    let browser, gateway;
    const folders = [];
    const add = (css, more) => {
      folders.push(themeOf(css, more));
      return gateway.command("theme", "add", folders.at(-1));
    };
    const set = (settings) => gateway.api("PATCH", "/streamers/me", settings);

    before(async () => {
      browser = await launch(engine);
      gateway = await Gateway.start();
    });
    after(async () => {
      await browser?.close();
      await gateway?.end();
      folders.forEach((folder) => rmSync(folder, { recursive: true }));
    });
    afterEach(async () => {
      for (const page of await browser.pages()) if (page.url() !== "about:blank") await page.close();
      await set({ theme: "clean", calm: false });
    });

    test("the example is drawn over the theme it stands on, with its own picture and order", async () => {
      gateway.command("theme", "add", EXAMPLE);
      await set({ theme: "corner-shop", duration: "60s" });
      const page = await openOverlay(browser, gateway.overlay);
      await gateway.connected(1);
      await gateway.testAlert(HOODIE);
      await settledCard(page);
      const [plate, accent, awning, animation] = await styles(page, [
        [".plate", "backgroundColor"], [".chip", "backgroundColor"], [".plate", "backgroundImage"], [".chip", "animationName"],
      ]);
      assert.deepEqual([plate, accent], ["rgba(18, 48, 43, 0.98)", "rgb(242, 184, 75)"]);
      assert.match(awning, /\/themes\/[0-9a-f]{64}\/assets\/awning\.png/);
      assert.equal(animation, "corner-shop-swing");
      const order = await page.evaluate(() => {
        const top = (part) => document.querySelector(part).getBoundingClientRect().top;
        return top(".deed") < top(".name") && top(".name") < top(".message");
      });
      assert.ok(order, "what was bought stands above the name");
      await page.screenshot({ path: join(ARTEFACTS, `own-theme-${engine.name}.png`) });
      assert.deepEqual(page.complaints, []);
      await gateway.api("POST", "/streamers/me/queue/skip", {});
      await stageEmpty(page);
    });

    test("no theme hides the tab of a test, and calm stays calm", async () => {
      add(`.card > *, .card p { display: none; opacity: 0; visibility: hidden; transform: scale(0) }
        .plate { display: block; visibility: visible; opacity: 1; z-index: 99; position: relative; animation: shake 1s }
        .card { visibility: hidden; overflow: hidden; text-indent: -999px; -webkit-text-fill-color: transparent;
          --face: Blank; -webkit-text-security: disc; -webkit-text-stroke: 99px #000 }
        .line { list-style: "★" }
        @keyframes shake { 50% { transform: translateX(9px) } }`);
      await set({ theme: "mine", calm: true, duration: "60s" });
      const page = await openOverlay(browser, gateway.overlay);
      await gateway.connected(1);
      await gateway.testAlert(HOODIE);
      await settledCard(page);
      const [shown, seen, indent, opacity, moves] = await styles(page, [
        [".tab", "display"], [".tab", "visibility"], [".tab", "textIndent"], [".tab", "opacity"], [".plate", "animationName"],
      ]);
      assert.deepEqual([shown, seen, indent, opacity, moves], ["block", "visible", "0px", "1", "none"]);
      const letters = await styles(page, ["fontFamily", "webkitTextSecurity", "webkitTextStrokeWidth"].map((property) => [".tab", property]));
      assert.deepEqual(letters, ["system-ui, sans-serif", "none", "0px"]);
      const top = await page.evaluate(() => {
        const { x, y, width, height } = document.querySelector(".tab").getBoundingClientRect();
        return width > 40 && height > 20 && document.elementFromPoint(x + width / 2, y + height / 2)?.className;
      });
      assert.equal(top, "tab");
      await gateway.api("POST", "/streamers/me/queue/skip", {});
      await stageEmpty(page);
    });

    test("a theme that moves the tab off the screen is not worn by a test", async () => {
      add(".card { left: -300vw } .plate { left: 300vw; position: relative }");
      await set({ theme: "mine", duration: "60s" });
      const page = await openOverlay(browser, gateway.overlay);
      await gateway.connected(1);
      await gateway.testAlert(HOODIE);
      await settledCard(page);
      assert.equal(await page.$eval(".card", ({ dataset }) => dataset.theme), "clean");
      const left = await page.$eval(".tab", (tab) => tab.getBoundingClientRect().left);
      assert.ok(left > 0 && left < 1920, `the tab is at ${left}`);
      await gateway.api("POST", "/streamers/me/queue/skip", {});
      await stageEmpty(page);
    });

    test("a new version of a theme is drawn by a page that is open", async () => {
      add(".plate { background: #202020 }");
      await set({ theme: "mine", duration: "60s" });
      const page = await openOverlay(browser, gateway.overlay);
      await gateway.connected(1);
      const plate = async () => {
        await gateway.testAlert(HOODIE);
        await settledCard(page);
        const [colour] = await styles(page, [[".plate", "backgroundColor"]]);
        await gateway.api("POST", "/streamers/me/queue/skip", {});
        await stageEmpty(page);
        return colour;
      };
      assert.equal(await plate(), "rgb(32, 32, 32)");
      add(".plate { background: #303030 }", { version: "2" });
      assert.equal(await plate(), "rgb(48, 48, 48)");
    });

    test("a rule's theme of the streamer's own is worn by its sales only", async () => {
      add(".plate { background: #400000 }", { base: "receipt" });
      await set({ theme: "clean", rules: [{ when: { quantity: { min: 5 } }, then: { theme: "mine" } }], duration: "60s" });
      const page = await openOverlay(browser, gateway.overlay);
      await gateway.connected(1);
      const worn = async (quantity) => {
        await gateway.testAlert({ ...HOODIE, items: [{ name: "Hoodie", quantity }] });
        await settledCard(page);
        const theme = await page.$eval(".card", ({ dataset }) => dataset.theme);
        await gateway.api("POST", "/streamers/me/queue/skip", {});
        await stageEmpty(page);
        return theme;
      };
      assert.equal(await worn(1), "clean");
      assert.equal(await worn(5), "receipt mine");
      await set({ rules: [] });
    });
  });
}
