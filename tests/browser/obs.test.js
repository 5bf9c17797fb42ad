// The overlay page as a browser source: what OBS says and does to it, in the engines OBS ships, against the real gateway.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { ENGINES, launch } from "./support/engines.js";
import { Gateway } from "./support/gateway.js";
import { activateWithRefresh, beObs, obsSays, setActive } from "./support/obs.js";
import { card, openOverlay, paintedPixels, stageEmpty } from "./support/page.js";
import { canSleep, passMinute, sleep, wake } from "./support/sleep.js";
import { openShop } from "./support/stripe.js";
import { until } from "./support/until.js";

const STALE_BUILD = "0ld";
const NEWER_BUILD = "newer";

// `refused` is how the gateway ends the socket, if the page even asks.
const BAD_KEYS = [
  { what: "a forged key", spoil: (key) => key.replace(/.$/, (last) => (last === "A" ? "Q" : "A")), refused: [4500] },
  { what: "a key that is none", spoil: () => "nonsense", refused: [] },
  { what: "no key", spoil: () => "", refused: [] },
];

// Runs in each document before the page's own scripts: tells Node when a card is put on the stage, over reloads.
function tellOfCards() {
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node.matches?.(".card")) window.cardDrawn(Date.now());
  }).observe(document, { childList: true, subtree: true });
}

// Runs likewise: tells Node how each socket ended.
function tellOfCloses() {
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("close", ({ code }) => window.socketClosed(code));
    }
  };
}

// Runs in the page: counts the sounds that it asks for.
function countSounds() {
  window.sounds = 0;
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    window.sounds += 1;
    return play.call(this);
  };
}

// Runs before the page's own scripts: lets the gateway seem to have been updated.
function hearNewerBuild(build) {
  const { parse } = JSON;
  JSON.parse = (text) => {
    const frame = parse(text);
    if (frame?.type === "welcome" && window.updated) frame.build = build;
    return frame;
  };
}

for (const engine of ENGINES.filter(({ name }) => name !== "current")) {
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

    async function open({ url = gateway.overlay, status, prepare = async () => {} } = {}) {
      const page = await openOverlay(browser, url, undefined, async (fresh) => {
        pages.push(fresh);
        fresh.drawnAt = [];
        fresh.loads = 0;
        fresh.closes = [];
        fresh.on("domcontentloaded", () => (fresh.loads += 1));
        await fresh.exposeFunction("cardDrawn", (at) => fresh.drawnAt.push(at));
        await fresh.exposeFunction("socketClosed", (code) => fresh.closes.push(code));
        await fresh.evaluateOnNewDocument(tellOfCards);
        await fresh.evaluateOnNewDocument(tellOfCloses);
        await beObs(fresh, status);
        await prepare(fresh);
      });
      return page;
    }

    const connections = async () => (await gateway.api("GET", "/connections")).data;
    const queue = () => gateway.api("GET", "/streamers/me/queue");
    const started = () => until("the alert has started", async () => (await queue()).playing?.started);

    // The one connection, once it says this.
    const connection = (what, fits) =>
      until(what, async () => {
        const [only, ...others] = await connections();
        return others.length === 0 && only && fits(only) && only;
      });

    test("the gateway knows the source by what OBS says of it", async () => {
      const page = await open({ status: { streaming: true, recording: false } });
      const row = await connection("OBS's status has come through", ({ streaming }) => streaming === true);
      assert.equal(row.obs, "32.2.2");
      assert.equal(row.active, null, "OBS says nothing of it at page load");
      const news = [
        ["obsSourceActiveChanged", { active: true }, { active: true }],
        ["obsSourceActiveChanged", { active: false }, { active: false }],
        ["obsSourceVisibleChanged", { visible: false }, { visible: false }],
        ["obsSourceVisibleChanged", { visible: true }, { visible: true }],
        ["obsStreamingStopped", null, { streaming: false }],
        ["obsStreamingStarted", null, { streaming: true }],
        ["obsRecordingStarted", null, {}],
        ["obsRecordingStopped", null, {}],
      ];
      let expected = { active: null, visible: row.visible, streaming: true };
      for (const [event, detail, change] of news) {
        await obsSays(page, event, detail);
        expected = { ...expected, ...change };
        const same = ({ active, visible, streaming }) =>
          active === expected.active && visible === expected.visible && streaming === expected.streaming;
        await connection(`${event} ${JSON.stringify(detail)} has come through`, same);
      }
      assert.equal((await connections())[0].id, row.id, "it was one connection all along");
      assert.deepEqual(page.complaints, []);
    });

    test("with an inactive source an alert waits, and plays when the source becomes active", async () => {
      const page = await open();
      await gateway.connected(1);
      await obsSays(page, "obsStreamingStarted");
      await obsSays(page, "obsSourceActiveChanged", { active: false });
      await connection("the source is inactive", ({ active }) => active === false);
      const id = await gateway.testAlert({ name: "patient" });
      await until("the alert waits for the source", async () => (await queue()).waiting === "active");
      assert.equal((await gateway.alert(id)).state, "queued");
      assert.equal(page.drawnAt.length, 0);
      await obsSays(page, "obsSourceActiveChanged", { active: true });
      assert.equal((await card(page)).name, "patient");
      const { state, proof } = await gateway.ended(id);
      assert.equal(state, "shown");
      assert.equal(proof.active, true);
      assert.equal(proof.streaming, true);
      assert.equal(proof.visible, true);
      assert.equal(page.drawnAt.length, 1);
    });

    test("held until live, an alert waits until OBS streams", async () => {
      await gateway.api("PATCH", "/streamers/me", { hold_until_live: true });
      const page = await open();
      await connection("OBS does not stream", ({ streaming }) => streaming === false);
      const id = await gateway.testAlert({ name: "live" });
      await until("the alert waits for the stream", async () => (await queue()).waiting === "live");
      assert.equal(page.drawnAt.length, 0);
      await obsSays(page, "obsStreamingStarted");
      assert.equal((await card(page)).name, "live");
      const { state, proof } = await gateway.ended(id);
      assert.equal(state, "shown");
      assert.equal(proof.streaming, true);
    });

    test("a source that is refreshed while it plays draws the alert once", async () => {
      const page = await open();
      await gateway.connected(1);
      const id = await gateway.testAlert();
      await card(page);
      await started();
      await page.reload();
      const { state } = await gateway.ended(id);
      assert.ok(["shown", "interrupted"].includes(state), state);
      // Had it been drawn again, the next alert would not be the second card.
      const next = await gateway.testAlert({ name: "next" });
      assert.equal((await card(page)).name, "next");
      assert.equal((await gateway.ended(next)).state, "shown");
      assert.equal(page.drawnAt.length, 2);
      assert.deepEqual(page.complaints, []);
    });

    test("a source that is shut down while hidden comes back and carries on", async () => {
      const page = await open();
      await gateway.connected(1);
      await page.close();
      pages.pop();
      await gateway.connected(0);
      const id = await gateway.testAlert({ name: "later" });
      await until("the alert waits for a source", async () => (await queue()).waiting === "present");
      const back = await open();
      assert.equal((await card(back)).name, "later");
      assert.equal((await gateway.ended(id)).state, "shown");
    });

    test("a source that is refreshed whenever its scene becomes active plays what waited, once and whole", async () => {
      const page = await open();
      await gateway.connected(1);
      for (const scene of [1, 2, 3]) {
        await setActive(page, false);
        await connection("the source is inactive", ({ active }) => active === false);
        const id = await gateway.testAlert({ name: `scene ${scene}` });
        await until("the alert waits for the source", async () => (await queue()).waiting === "active");
        await activateWithRefresh(page);
        assert.equal((await card(page)).name, `scene ${scene}`);
        assert.equal((await gateway.ended(id)).state, "shown", "nothing of it was drawn on the page that was thrown away");
        await stageEmpty(page);
        assert.equal(page.drawnAt.length, scene);
        assert.equal(page.loads, scene + 1);
      }
      await gateway.connected(1);
      assert.deepEqual(page.complaints, []);
    });

    test("what played while the source was taken off every screen is not there when it is back", async () => {
      const page = await open();
      await gateway.connected(1);
      await gateway.api("PATCH", "/streamers/me", { duration: "60s" });
      await gateway.testAlert();
      await card(page);
      await obsSays(page, "obsSourceVisibleChanged", { visible: false });
      assert.equal(await paintedPixels(page), 0, "OBS keeps the last picture, and flashes it later");
      await obsSays(page, "obsSourceVisibleChanged", { visible: true });
      assert.notEqual(await paintedPixels(page), 0);
    });

    test("a source that was hidden for an hour plays what waited one after the other, not in a burst", async () => {
      const page = await open({ prepare: canSleep });
      await gateway.connected(1);
      const sell = await openShop(gateway);
      await setActive(page, false);
      await sleep(page);
      await connection("the source is inactive", ({ active }) => active === false);
      const products = ["Hoodie", "Mug", "Sticker"];
      for (const [at, product] of products.entries()) {
        await sell({ nickname: "mika", message: "", product, variant: "", amount: 900, currency: "eur" });
        await until("it waits for the source", async () => (await queue()).length === at + 1);
      }
      for (let minute = 0; minute < 60; minute += 1) await passMinute(page);
      assert.equal(page.drawnAt.length, 0);
      await wake(page);
      await setActive(page, true);
      await until("each was shown", async () =>
        (await gateway.api("GET", "/streamers/me/alerts?state=shown")).data.length === products.length);
      await stageEmpty(page);
      assert.equal(page.drawnAt.length, products.length);
      const gaps = page.drawnAt.slice(1).map((at, before) => at - page.drawnAt[before]);
      for (const gap of gaps) assert.ok(gap >= 2_900, `each had its three seconds: ${gaps}`);
      await gateway.connected(1);
      assert.deepEqual(page.complaints, []);
    });

    test("an alert that plays on a page that sleeps ends without its timers, and leaves nothing behind", async () => {
      await gateway.api("PATCH", "/streamers/me", { when_inactive: "play" });
      const page = await open({ prepare: canSleep });
      await gateway.connected(1);
      const id = await gateway.testAlert();
      await card(page);
      await started();
      await sleep(page);
      const { state, proof } = await gateway.ended(id);
      assert.deepEqual([state, proof.finished ?? null], ["shown", null]);
      await stageEmpty(page);
      await wake(page);
      const next = await gateway.testAlert({ name: "next" });
      assert.equal((await card(page)).name, "next");
      assert.equal((await gateway.ended(next)).state, "shown");
      assert.equal(page.drawnAt.length, 2);
    });

    test("a page that lost its link while it slept is back when it is seen", async () => {
      const page = await open({ prepare: canSleep });
      await gateway.connected(1);
      await sleep(page);
      await gateway.kill();
      await until("the socket is closed", () => page.closes.length > 0);
      await gateway.run();
      await gateway.connected(0);
      await wake(page);
      await gateway.connected(1);
    });

    test("of two PCs with one overlay the one whose OBS has it on the stream sounds and proves", async () => {
      const gaming = await open({ status: { streaming: false, recording: false } });
      await connection("the first has told its status", ({ streaming }) => streaming === false);
      const streaming = await open({ status: { streaming: true, recording: false } });
      await gateway.connected(2);
      for (const page of [gaming, streaming]) await page.evaluate(countSounds);
      const row = (active) => until(`one is ${active ? "" : "in"}active`, async () =>
        (await connections()).find((one) => one.active === active));
      const plays = async (name, sounds) => {
        const id = await gateway.testAlert({ name });
        for (const shown of await Promise.all([gaming, streaming].map(card))) assert.equal(shown.name, name);
        await Promise.all([gaming, streaming].map(stageEmpty));
        const { state, proof } = await gateway.ended(id);
        assert.equal(state, "shown");
        assert.equal(proof.audio, true);
        assert.deepEqual(await Promise.all([gaming, streaming].map((page) => page.evaluate("window.sounds"))), sounds);
        return proof;
      };
      await setActive(gaming, false);
      await setActive(streaming, true);
      await row(false);
      const { id } = await row(true);
      const proof = await plays("first", [0, 1]);
      assert.deepEqual([proof.connection, proof.active, proof.streaming], [id, true, true]);
      // The scenes change places, as when one OBS holds two copies of the source.
      await setActive(gaming, true);
      await setActive(streaming, false);
      await until("they have changed places", async () =>
        (await connections()).every((one) => one.active === (one.id !== id)));
      assert.notEqual((await plays("second", [1, 1])).connection, id);
      await gaming.close();
      pages.shift();
      await gateway.connected(1);
      await gateway.testAlert({ name: "third" });
      await until("it waits for the PC that streams", async () => (await queue()).waiting === "active");
    });

    test("a page whose key is rotated goes blank and says nothing of it", async () => {
      const page = await open();
      await gateway.connected(1);
      await gateway.testAlert();
      await card(page);
      const old = new URL(gateway.overlay).hash.slice("#k=".length);
      await gateway.api("POST", "/streamers/me/overlays/main/rotate");
      await until("the socket is closed", () => page.closes.length > 0);
      assert.deepEqual(page.closes, [4500]);
      await stageEmpty(page);
      assert.equal(await paintedPixels(page), 0);
      assert.deepEqual(page.complaints, []);
      assert.deepEqual(page.lines.filter((line) => line.includes(old)), []);
    });

    for (const { what, spoil, refused } of BAD_KEYS) {
      test(`a page with ${what} paints nothing`, async () => {
        const overlay = new URL(gateway.overlay);
        const key = spoil(overlay.hash.slice("#k=".length));
        overlay.hash = `#k=${key}`;
        const page = await open({ url: overlay.href });
        await until("the gateway has answered", () => page.closes.length === refused.length);
        assert.equal(await paintedPixels(page), 0);
        const { connections } = await gateway.api("POST", "/streamers/me/test-alerts", {});
        assert.equal(connections, 0);
        assert.equal(await paintedPixels(page), 0);
        assert.equal(page.drawnAt.length, 0);
        assert.deepEqual(page.closes, refused);
        assert.deepEqual(page.complaints, []);
        assert.deepEqual(page.lines.filter((line) => key && line.includes(key)), []);
      });
    }

    test("a page of an old build reloads once, and not for ever when it gets the old one again", async () => {
      const page = await open({ prepare: serveStale });
      await until("it has reloaded", () => page.loads === 2);
      await gateway.connected(1);
      const { client } = (await connections())[0];
      assert.ok(client.includes(STALE_BUILD), client);
      // At the end of each alert the page looks again whether it should reload.
      for (const name of ["first", "second"]) {
        const id = await gateway.testAlert({ name });
        assert.equal((await card(page)).name, name);
        assert.equal((await gateway.ended(id)).state, "shown");
      }
      assert.equal(page.drawnAt.length, 2);
      assert.equal(page.loads, 2);
    });

    test("a page that learns of a newer build while it plays reloads afterwards", async () => {
      const page = await open({ prepare: (fresh) => fresh.evaluateOnNewDocument(hearNewerBuild, NEWER_BUILD) });
      await gateway.connected(1);
      await page.evaluate(() => (window.updated = true));
      await gateway.api("PATCH", "/streamers/me", { duration: "10s" });
      const id = await gateway.testAlert();
      await card(page);
      await started();
      const [{ id: before }] = await connections();
      await gateway.kill();
      await gateway.run();
      await connection("the page has heard of the newer build", (now) => now.id !== before);
      assert.equal(page.loads, 1, "not while it plays");
      await until("it has reloaded", () => page.loads === 2);
      assert.equal((await gateway.alert(id)).state, "shown");
      assert.equal(page.drawnAt.length, 1);
    });
  });
}

// Answers the page itself as a gateway of another build would, whenever it is asked for.
async function serveStale(page) {
  await page.setRequestInterception(true);
  page.on("request", async (request) => {
    if (!request.isNavigationRequest()) return request.continue();
    const answer = await fetch(request.url().split("#")[0]);
    const body = (await answer.text()).replace(/(name="tillbell-build" content=")[^"]*/, `$1${STALE_BUILD}`);
    request.respond({ status: 200, headers: Object.fromEntries(answer.headers), body });
  });
}
