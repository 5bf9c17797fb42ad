// The overlay page in the engines OBS ships and a current one, against the real gateway.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ENGINES, launch } from "./support/engines.js";
import { Gateway } from "./support/gateway.js";
import { card, openOverlay, paintedPixels, settledCard, stageEmpty } from "./support/page.js";
import { openShop } from "./support/stripe.js";
import { until } from "./support/until.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));
const SIZES = [{ width: 1920, height: 1080 }, { width: 800, height: 600 }, { width: 1080, height: 1920 }];

// What buyers try, and what buyers are called. The gateway cleans text, so each is compared with what the API says; what
// is `clean` already must come through as it was written.
const BUYERS = [
  { name: "mika", message: "love the stream", clean: true },
  { name: "<b>bold</b>", message: "<script>document.title = 'taken'</script>", clean: true },
  { name: "<img src=x onerror=\"document.title='taken'\">", message: "</p><iframe src=x></iframe> &amp; &lt;", clean: true },
  { name: "\u202Egnp.exe", message: "ليلى تقول: شكرا (100%) على البث" },
  { name: "ليلى", message: "שלום <svg onload=1> mixed ‮ text" },
  { name: "Z̴̧̛͖̘͎͐̽̈́a̷̡͙͇͗l̵̨̛̘g̶̢̛͙ò̸̡̺", message: "e\u0301\u0301\u0301\u0301\u0301\u0301" },
  { name: "👩‍🚀 Nova 🏳️‍🌈", message: "🎉🎉🎉" },
  { name: "夜桜ミカ", message: "いつも配信ありがとうございます", clean: true },
  { name: "W".repeat(200), message: "unbroken".repeat(80) },
  { name: "${7*7} {{7*7}} %s", message: "'; DROP TABLE alerts; --" },
];

// Runs in the page: counts what is put on the stage.
function watchStage() {
  window.drawn = 0;
  new MutationObserver((changes) => changes.forEach(({ addedNodes }) => (window.drawn += addedNodes.length)))
    .observe(document.querySelector("#stage"), { childList: true });
}

// Runs in the page: counts the sounds that it asks for, and keeps the newest.
function watchSounds() {
  window.sounds = 0;
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    window.sounds += 1;
    window.audio = this;
    return play.call(this);
  };
}

mkdirSync(ARTEFACTS, { recursive: true });

for (const engine of ENGINES) {
  describe(engine.name, () => {
    let browser, gateway;
    let pages = [];

    before(async () => {
      browser = await launch(engine);
    });
    after(() => browser?.close());
    beforeEach(async () => {
      gateway = await Gateway.start();
      await gateway.api("PATCH", "/streamers/me", { duration: "3s" });
      pages = [];
    });
    afterEach(async () => {
      for (const page of pages) await page.close();
      await gateway.end();
    });

    async function open(fragment = "", size = undefined) {
      const page = await openOverlay(browser, gateway.overlay + fragment, size);
      pages.push(page);
      return page;
    }

    test("an alert appears, sounds, goes, and is shown with its proof", async () => {
      const page = await open();
      await gateway.connected(1);
      const id = await gateway.testAlert({
        amount: { minor: 2599, currency: "eur" },
        name: "mika",
        message: "love the stream",
        items: [{ name: "Hoodie", quantity: 2 }, { name: "Mug", quantity: 1 }],
      });
      const { elements, ...shown } = await card(page);
      const { amount } = await gateway.alert(id);
      assert.deepEqual(shown, {
        name: "mika", deed: "bought Hoodie ×2 and 1 more", message: "love the stream", amount: amount.text, tab: "TEST",
      });
      await stageEmpty(page);
      const { state, proof } = await gateway.ended(id);
      assert.equal(state, "shown");
      assert.equal(proof.by, "finished");
      assert.equal(proof.audio, true);
      assert.equal(proof.visible, true);
      assert.deepEqual(page.complaints, []);
    });

    test("a rule gives an alert its theme, headline and silence", async () => {
      const page = await open();
      await page.evaluate(watchSounds);
      await gateway.connected(1);
      const draws = async (then, sale) => {
        await gateway.api("PATCH", "/streamers/me", { rules: [{ then }] });
        const id = await gateway.testAlert(sale);
        await settledCard(page);
        await page.screenshot({ path: join(ARTEFACTS, `${engine.name}-theme-${then.theme}.png`) });
        const drawn = await page.$eval("#stage .card", (card) => ({
          theme: card.dataset.theme,
          headline: card.querySelector(".headline")?.textContent ?? null,
          name: card.querySelector(".name")?.textContent ?? null,
          marked: card.querySelectorAll("b").length,
        }));
        await stageEmpty(page);
        const { state, proof } = await gateway.ended(id);
        return { ...drawn, state, audio: proof.audio };
      };
      const sale = { name: "<b>mika</b>", message: "love the stream", items: [{ name: "Hoodie", quantity: 2 }] };
      assert.deepEqual(await draws({ theme: "neon", sound: "none", text: "{name} got {quantity} × {item}" }, sale), {
        theme: "neon", headline: "<b>mika</b> got 2 × Hoodie", name: null, marked: 0, state: "shown", audio: false,
      });
      assert.equal(await page.evaluate("window.sounds"), 0);
      assert.deepEqual(await draws({ theme: "toast" }, sale), {
        theme: "toast", headline: null, name: "<b>mika</b>", marked: 0, state: "shown", audio: true,
      });
      assert.deepEqual(page.complaints, []);
    });

    test("a signed Stripe event becomes an alert", async () => {
      const page = await open();
      await gateway.connected(1);
      const sell = await openShop(gateway);
      const answer = await sell({
        nickname: "mika", message: "ahoy", product: "Hoodie", variant: "L", amount: 2599, currency: "eur",
      });
      assert.equal(answer.result, "accepted");
      const { elements, ...shown } = await card(page);
      const [{ id, amount }] = (await gateway.api("GET", "/streamers/me/alerts")).data;
      assert.deepEqual(shown, { name: "mika", deed: "bought Hoodie (L)", message: "ahoy", amount: amount.text, tab: null });
      await stageEmpty(page);
      assert.equal((await gateway.ended(id)).state, "shown");
    });

    test("orders of an outage come as one card", async () => {
      const sell = await openShop(gateway);
      const late = [
        { nickname: "mika", product: "Hoodie", variant: "L", amount: 2599 },
        { nickname: "<b>nova</b>", product: "Sticker", amount: 300 },
        { nickname: "", product: "Mug", amount: 1400 },
        { nickname: "kai", product: "Poster", amount: 2000 },
        { nickname: "夜桜ミカ", product: "Mug", amount: 1400 },
      ];
      for (const [at, order] of late.entries()) {
        await sell({ message: "hi", currency: "eur", age: 600, ...order });
        await until("it waits", async () => (await gateway.api("GET", "/streamers/me/queue")).length === at + 1);
      }
      const page = await open();
      const { elements, ...shown } = await settledCard(page);
      await page.screenshot({ path: join(ARTEFACTS, `${engine.name}-digest.png`) });
      assert.deepEqual(shown, {
        name: "5 orders", deed: "while you were away", amount: "€76.99", tab: null,
        message: "mika: Hoodie (L), <b>nova</b>: Sticker, Mug and 2 more",
      });
      assert.equal(elements.includes("b"), false);
      await stageEmpty(page);
      await until("each was shown", async () => {
        const { data } = await gateway.api("GET", "/streamers/me/alerts?state=shown");
        return data.length === late.length + 1;
      });
      assert.deepEqual(page.complaints, []);
    });

    test("orders of a rush share a card", async () => {
      const sell = await openShop(gateway);
      const names = ["mika", "<b>nova</b>", "", "mika", "夜桜ミカ", "kai", "rio", "ann", "", "lou", "bo", "zed"];
      for (const [at, nickname] of names.entries()) {
        await sell({ nickname, message: "hi", product: "Hoodie", variant: at % 2 ? "L" : "M", amount: 2599, currency: "eur" });
        await until("it waits", async () => (await gateway.api("GET", "/streamers/me/queue")).length === at + 1);
      }
      const page = await open();
      const { elements, ...shown } = await settledCard(page);
      await page.screenshot({ path: join(ARTEFACTS, `${engine.name}-combo.png`) });
      assert.deepEqual(shown, {
        name: "12 orders", deed: "Hoodie ×12", amount: "€311.88", tab: null,
        message: "mika, <b>nova</b>, 夜桜ミカ and 8 more",
      });
      assert.equal(elements.includes("b"), false);
      await stageEmpty(page);
      assert.deepEqual(page.complaints, []);
    });

    test("what a buyer wrote is shown as it is, and stays text", async () => {
      const page = await open();
      await gateway.connected(1);
      for (const { clean, ...buyer } of BUYERS) {
        const id = await gateway.testAlert({ ...buyer, items: [{ name: buyer.name.slice(0, 40), quantity: 1 }] });
        const shown = await settledCard(page);
        const alert = await gateway.alert(id);
        if (clean) assert.deepEqual({ name: shown.name, message: shown.message }, buyer);
        assert.equal(shown.name, alert.buyer.name);
        assert.equal(shown.message, alert.message?.text ?? null);
        assert.equal(shown.deed, alert.items.length ? `bought ${alert.items[0].name}` : "bought something");
        const turned = await page.$eval("#stage .buyer", (name) => getComputedStyle(name).unicodeBidi);
        assert.equal(turned, "isolate", "it turns nothing around it");
        const ours = new Set(["div", "p", "span", "bdi", "ul", "li"]);
        assert.deepEqual(shown.elements.filter((tag) => !ours.has(tag)), []);
        await gateway.api("POST", "/streamers/me/queue/skip", { alert_id: id });
        await stageEmpty(page);
      }
      assert.equal(await page.title(), "Tillbell overlay");
      assert.deepEqual(page.complaints, []);
    });

    test("an idle page paints nothing, before and after an alert", async () => {
      const page = await open();
      await gateway.connected(1);
      const idle = async () => {
        assert.equal(await page.$eval("#stage", (stage) => stage.childNodes.length), 0);
        assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
        assert.equal(await paintedPixels(page), 0);
      };
      await idle();
      await gateway.testAlert();
      await settledCard(page);
      assert.notEqual(await paintedPixels(page), 0);
      await stageEmpty(page);
      await idle();
    });

    test("the gateway is killed and started again, and the page carries on", async () => {
      const page = await open();
      await gateway.connected(1);
      const first = await gateway.testAlert({ name: "before" });
      assert.equal((await card(page)).name, "before");
      await stageEmpty(page);
      await gateway.ended(first);
      await gateway.kill();
      assert.equal(await paintedPixels(page), 0);
      await gateway.run();
      await gateway.connected(1);
      const second = await gateway.testAlert({ name: "after" });
      assert.equal((await card(page)).name, "after");
      await stageEmpty(page);
      assert.equal((await gateway.ended(second)).state, "shown");
      assert.deepEqual(page.complaints, []);
      const key = new URL(gateway.overlay).hash.slice("#k=".length);
      assert.deepEqual(page.lines.filter((line) => line.includes(key)), []);
    });

    test("an alert whose gateway is killed while it plays is drawn once and ends as shown", async () => {
      const page = await open();
      await gateway.connected(1);
      await page.evaluate(watchStage);
      const id = await gateway.testAlert();
      await card(page);
      await gateway.kill();
      await stageEmpty(page);
      await gateway.run();
      // It may be `interrupted` for a moment, until the page is back and says that it finished.
      await until("the alert is shown", async () => (await gateway.alert(id)).state === "shown");
      assert.equal(await page.evaluate(() => window.drawn), 1);
    });

    test("an alert whose page is reloaded while it plays is not drawn a second time", async () => {
      const page = await open();
      await gateway.connected(1);
      const id = await gateway.testAlert();
      await card(page);
      await until("the gateway knows that it started", async () => (await gateway.api("GET", "/streamers/me/queue")).playing?.started);
      await page.reload();
      assert.equal((await gateway.ended(id)).reason, "overlay_gone");
      const next = await gateway.testAlert({ name: "next" });
      assert.equal((await card(page)).name, "next");
      assert.equal((await gateway.ended(next)).state, "shown");
    });

    test("an alert played again because its acknowledgements were lost is not drawn again", async () => {
      const page = await open();
      await gateway.connected(1);
      await page.evaluate(watchStage);
      await page.evaluate(() => {
        const { send } = WebSocket.prototype;
        let lost = null;
        WebSocket.prototype.send = function (text) {
          const { type, lease } = JSON.parse(text);
          if (type === "started") lost ??= lease;
          if (lease === undefined || lease !== lost) send.call(this, text);
        };
      });
      const id = await gateway.testAlert();
      await card(page);
      assert.equal((await gateway.ended(id)).state, "shown");
      assert.equal(await page.evaluate(() => window.drawn), 1);
    });

    test("the local shell waits for a gateway that is not up yet", async () => {
      const shell = await (await fetch(`${gateway.url}/overlay/shell`)).text();
      const file = join(ARTEFACTS, `${engine.name}-shell.html`);
      writeFileSync(file, shell);
      await gateway.kill();
      const page = await openOverlay(browser, pathToFileURL(file).href + new URL(gateway.overlay).hash);
      pages.push(page);
      assert.equal(await paintedPixels(page), 0);
      await gateway.run();
      await gateway.connected(1);
      await gateway.testAlert({ name: "mika" });
      const overlay = await until("the shell holds the overlay", () =>
        page.frames().find((frame) => frame.url().startsWith(`${gateway.url}/overlay/`)));
      assert.equal((await card(overlay)).name, "mika");
      assert.notEqual(await paintedPixels(page), 0);
    });

    test("two pages are open: both draw, one sounds", async () => {
      const both = [await open(), await open()];
      await gateway.connected(2);
      for (const page of both) await page.evaluate(watchSounds); // the proof speaks of one page only
      const id = await gateway.testAlert({ name: "both" });
      for (const shown of await Promise.all(both.map(card))) assert.equal(shown.name, "both");
      await Promise.all(both.map(stageEmpty));
      const sounds = await Promise.all(both.map((page) => page.evaluate(() => window.sounds)));
      assert.equal(sounds[0] + sounds[1], 1);
      assert.equal((await gateway.ended(id)).proof.audio, true);
    });

    test("a page opened with mute=1 draws and does not sound", async () => {
      const page = await open("&mute=1");
      await gateway.connected(1);
      const id = await gateway.testAlert();
      await card(page);
      await stageEmpty(page);
      const { state, proof } = await gateway.ended(id);
      assert.equal(state, "shown");
      assert.equal(proof.audio, false);
    });

    test("a muted channel is not heard: what plays falls silent, the next begins so, and unmuted it sounds", async () => {
      const page = await open();
      await page.evaluate(watchSounds);
      await gateway.connected(1);
      await gateway.api("PATCH", "/streamers/me", { duration: "60s" });
      const heard = (muted) => page.waitForFunction((muted) => window.audio?.muted === muted, {}, muted);
      await gateway.testAlert({ name: "first" });
      await card(page);
      await heard(false);
      await gateway.api("POST", "/streamers/me/queue/mute", {});
      await heard(true);
      await gateway.api("POST", "/streamers/me/queue/unmute", {});
      await heard(false);
      await gateway.api("POST", "/streamers/me/queue/mute", {});
      await heard(true);
      await gateway.api("POST", "/streamers/me/queue/skip", {});
      await stageEmpty(page);
      await gateway.api("PATCH", "/streamers/me", { duration: "3s" });
      await page.evaluate(() => (window.audio = null));
      const next = await gateway.testAlert({ name: "next" });
      await card(page);
      await heard(true);
      await stageEmpty(page);
      const { state, proof } = await gateway.ended(next);
      assert.deepEqual([state, proof.audio], ["shown", false]);
    });

    test("a skip clears the stage", async () => {
      const page = await open();
      await gateway.connected(1);
      await gateway.api("PATCH", "/streamers/me", { duration: "60s" });
      const id = await gateway.testAlert();
      await card(page);
      await gateway.api("POST", "/streamers/me/queue/skip", {});
      await stageEmpty(page);
      assert.equal((await gateway.ended(id)).state, "skipped");
    });

    test("panic clears every page, also one that was away when it was pressed, and resume brings nothing back", async () => {
      const page = await open();
      const { url } = await gateway.api("POST", "/streamers/me/overlays", { name: "last", kind: "latest" });
      const latest = await openOverlay(browser, url);
      pages.push(latest);
      await gateway.connected(2);
      await gateway.api("PATCH", "/streamers/me", { duration: "60s" });
      const id = await gateway.testAlert({ name: "mika" });
      await card(page);
      await gateway.kill();
      assert.equal((await card(page)).name, "mika", "it goes on drawing by itself");
      await gateway.run();
      await gateway.api("POST", "/streamers/me/queue/panic", {});
      await stageEmpty(page);
      for (const one of [page, latest]) await one.waitForSelector("html[data-panic]");
      const { state, reason } = await gateway.ended(id);
      assert.deepEqual([state, reason], ["skipped", "panic"]);
      const next = await gateway.testAlert({ name: "next" });
      await until("the next one waits", async () => (await gateway.api("GET", "/streamers/me/queue")).length === 1);
      await gateway.api("POST", "/streamers/me/queue/resume", {});
      assert.equal((await card(page)).name, "next");
      assert.equal(await paintedPixels(latest), 0);
      for (const one of [page, latest]) await one.waitForSelector("html:not([data-panic])");
    });

    for (const size of SIZES) {
      test(`the whole card is inside ${size.width}x${size.height}`, async () => {
        const page = await open("", size);
        await gateway.connected(1);
        await gateway.testAlert({
          amount: { minor: 2599, currency: "eur" },
          name: "mika",
          message: "love the stream, and greetings from the harbour",
          items: [{ name: "Hoodie (L)", quantity: 1 }],
        });
        await settledCard(page);
        await page.screenshot({ path: join(ARTEFACTS, `${engine.name}-${size.width}x${size.height}.png`) });
        const boxes = await page.$$eval(".plate, .chip, .tab", (parts) =>
          parts.map((part) => part.getBoundingClientRect().toJSON()));
        assert.equal(boxes.length, 3);
        for (const { left, top, right, bottom } of boxes) {
          assert.ok(left >= 0 && top >= 0 && right <= size.width && bottom <= size.height);
        }
        assert.ok(boxes[0].width > size.width * 0.4, "the plate can be read");
      });
    }
  });
}
