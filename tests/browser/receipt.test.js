// The buyer's receipt in a current browser: a buyer who is back before Stripe's word, up to "seen", beside a real overlay.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ENGINES, launch } from "./support/engines.js";
import { Gateway } from "./support/gateway.js";
import { openOverlay, openPage } from "./support/page.js";
import { openShop } from "./support/stripe.js";
import { until } from "./support/until.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));
const PHONE = { width: 390, height: 760 };
const SESSION = "cs_live_0123456789abcdefghij";
const SALE = { session: SESSION, nickname: "mika", message: "love the stream", amount: 2599, currency: "eur", product: "Hoodie", variant: "L" };

mkdirSync(ARTEFACTS, { recursive: true });

/** What a reader of the page sees: the sentence that holds. */
const heading = (page) => page.$$eval("h1", (all) => all.find((h1) => h1.offsetParent)?.innerText);

const waitFor = (page, text) =>
  page.waitForFunction(
    (wanted) => [...document.querySelectorAll("h1")].some((h1) => h1.offsetParent && h1.innerText.startsWith(wanted)),
    { polling: "mutation", timeout: 30_000 },
    text,
  );

const picture = (page, name) => page.screenshot({ path: join(ARTEFACTS, `receipt-${name}.png`) });

/** Contrast of every text that is seen with what it stands on; the smallest. */
const contrast = (page) =>
  page.evaluate(() => {
    const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
    const light = (colour) => {
      const [r, g, b] = channels(colour).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
      const own = getComputedStyle(element).backgroundColor;
      return channels(own)[3] === 0 ? ground(element.parentElement) : own;
    };
    const seen = [...document.querySelectorAll("body *")].filter(
      (element) => element.checkVisibility() && [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()),
    );
    const ratios = seen.map((element) => {
      const [dark, bright] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => a - b);
      return (bright + 0.05) / (dark + 0.05);
    });
    return Math.min(...ratios);
  });

describe("receipt", () => {
  let browser, gateway, sell;
  let pages = [];

  before(async () => {
    browser = await launch(ENGINES.find(({ name }) => name === "current"));
  });
  after(() => browser?.close());
  beforeEach(async () => {
    gateway = await Gateway.start();
    sell = await openShop(gateway);
    await gateway.api("PATCH", "/streamers/me", { name: "Mika <3" });
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
    await gateway.end();
  });

  const open = async (before) => {
    const page = await openPage(browser, `${gateway.url}/receipt/${SESSION}`, PHONE, before);
    pages.push(page);
    return page;
  };
  const prefer = (scheme) => (page) => page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);

  test("turns live when Stripe's word comes, and says when the stream saw it", async () => {
    await gateway.api("POST", "/streamers/me/queue/pause");
    const page = await open(prefer("dark"));
    assert.equal(await heading(page), "Waiting for Stripe’s word");
    await page.waitForSelector("#link:not([hidden])");
    await picture(page, "pending");

    await sell({ ...SALE, session: undefined });
    await until("another waits", async () => (await gateway.api("GET", "/streamers/me/queue")).length === 1);
    await sell(SALE);
    await waitFor(page, "In the queue, 1 before you");
    await page.reload();
    assert.equal(await heading(page), "In the queue, 1 before you");
    assert.equal(await page.$eval(".whose", (whose) => whose.innerText), "Mika <3");
    assert.ok((await contrast(page)) >= 4.5, `${await contrast(page)}`);
    await picture(page, "waiting-dark");

    pages.push(await openOverlay(browser, gateway.overlay));
    await gateway.connected(1);
    await page.bringToFront();
    await gateway.api("POST", "/streamers/me/queue/resume");
    await waitFor(page, "Playing now");
    await picture(page, "playing-dark");
    await waitFor(page, "Seen by the stream at ");
    const { data } = await gateway.api("GET", "/streamers/me/alerts");
    const shown = await page.$eval("#at", ({ dateTime, textContent }) => ({ dateTime, textContent }));
    assert.equal(shown.dateTime, data[0].proof.started);
    assert.match(shown.textContent, /^at \d\d:\d\d:\d\d( [AP]M)?$/);
    await picture(page, "shown-dark");
    await prefer("light")(page);
    assert.ok((await contrast(page)) >= 4.5, `${await contrast(page)}`);
    await picture(page, "shown-light");

    const asked = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).origin));
    assert.deepEqual([...new Set(asked)], [gateway.url], "it asks nobody but the gateway");
    assert.deepEqual(page.complaints, []);
  });

  test("finds its way back after the gateway was away", async () => {
    await gateway.api("POST", "/streamers/me/queue/pause");
    await sell(SALE);
    const page = await open(prefer("light"));
    await waitFor(page, "In the queue, you are next");
    await gateway.kill();
    await page.waitForFunction(() => document.querySelector("#link").textContent.startsWith("Not connected"), { polling: "mutation" });
    await picture(page, "away-light");
    await gateway.run();
    await gateway.api("POST", "/streamers/me/queue/clear");
    await waitFor(page, "Paid. Thank you");
    await page.waitForFunction(() => document.querySelector("#link").textContent.startsWith("This page follows"), { polling: "mutation" });
    await picture(page, "paid-light");
  });

  test("says how it stands without JavaScript", async () => {
    await gateway.api("POST", "/streamers/me/queue/pause");
    await sell(SALE);
    await until("it waits", async () => (await gateway.api("GET", "/streamers/me/queue")).length === 1);
    const page = await open((page) => page.setJavaScriptEnabled(false));
    assert.equal(await heading(page), "In the queue, you are next");
    assert.match(await page.$eval("noscript", (noscript) => noscript.innerText), /Look again/);
    await picture(page, "without-script");
  });

  test("a wrong address is told so", async () => {
    const page = await openPage(browser, `${gateway.url}/receipt/hello`, PHONE);
    pages.push(page);
    assert.equal(await heading(page), "There is no such receipt");
    await picture(page, "none");
  });
});
