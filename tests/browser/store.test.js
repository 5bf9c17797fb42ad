// The store in a current browser: from the page by Stripe's to the receipt, beside an overlay that rings.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ENGINES, launch } from "./support/engines.js";
import { startFakeStripe } from "./support/fake-stripe.js";
import { Gateway } from "./support/gateway.js";
import { openOverlay, openPage, press, settledCard } from "./support/page.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };
const eur = (minor) => ({ minor, currency: "EUR" });
const PRODUCTS = [
  { id: "hoodie", name: "Hoodie", amount: eur(2599), stock: 3 },
  { id: "mug", name: "Mug with the bell on it", amount: eur(1400) },
  { id: "poster", name: "Poster", amount: eur(2000), stock: 0 },
  { id: "club", name: "Bell club", amount: eur(500), recurring: "month" },
  { id: "sake", name: "Sake", amount: { minor: 1800, currency: "JPY" } },
];

mkdirSync(ARTEFACTS, { recursive: true });

const picture = (page, name) => page.screenshot({ path: join(ARTEFACTS, `store-${name}.png`), fullPage: true });
const text = (page, selector) => page.$eval(selector, (element) => element.innerText.trim());
const field = (id) => `[name="quantity:${id}"]`;

/** Presses the button after a product's quantity. */
const more = (page, id) => page.$eval(field(id), (input) => input.nextElementSibling.click());

describe("store", () => {
  let browser, stripe, gateway;
  let pages = [];

  before(async () => {
    browser = await launch(ENGINES.find(({ name }) => name === "current"));
  });
  after(() => browser?.close());
  beforeEach(async () => {
    stripe = await startFakeStripe();
    gateway = await Gateway.start(stripe.env);
    gateway.command("stripe", "setup");
    await gateway.api("PATCH", "/streamers/me", { name: "Mika’s shop <3", currency: "eur" });
    for (const product of PRODUCTS) await gateway.api("POST", "/streamers/me/products", product);
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
    await gateway.end();
    stripe.end();
  });

  const open = async (size, before) => {
    const page = await openPage(browser, `${gateway.url}/store/me`, size, before);
    pages.push(page);
    return page;
  };
  const prefer = (scheme) => (page) => page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);

  test("what is bought rings on the overlay, and the buyer comes back to a receipt", async () => {
    const overlay = await openOverlay(browser, gateway.overlay);
    pages.push(overlay);
    await gateway.connected(1);
    const page = await open(PHONE, prefer("dark"));
    await picture(page, "phone-dark");
    await more(page, "hoodie");
    await more(page, "hoodie");
    await more(page, "mug");
    assert.equal(await text(page, "#total"), "€65.98");
    await page.type("#tip", "4,5");
    await page.type("#name", "mika");
    await page.type("#message", "love the stream");
    assert.equal(await text(page, "#total"), "€70.48");
    assert.equal(await text(page, "[data-counter=message]"), "15 of 300");
    await picture(page, "phone-filled");
    assert.deepEqual(page.complaints, []);
    await Promise.all([page.waitForNavigation(), press(page, ".buy")]);
    assert.ok(page.url().startsWith(stripe.url), page.url());
    await Promise.all([page.waitForNavigation(), press(page, 'button[value="card"]')]);
    assert.ok(page.url().startsWith(`${gateway.url}/receipt/cs_`), page.url());
    await overlay.bringToFront();
    const shown = await settledCard(overlay);
    assert.equal(shown.name, "mika");
    assert.equal(shown.amount, "€70.48");
    assert.equal(shown.message, "love the stream");
    await page.bringToFront();
    await page.waitForFunction(() => document.querySelector("#receipt").dataset.state === "shown", { polling: "mutation", timeout: 30_000 });
    await picture(page, "bought");
    const again = await open(DESKTOP, prefer("light"));
    assert.match(await text(again, `li:has(${field("hoodie")})`), /1 left/);
    await picture(again, "desktop-light");
  });

  test("what cannot be bought is said at the field", async () => {
    const page = await open(PHONE, prefer("light"));
    assert.match(await text(page, `li:has(${field("poster")})`), /Sold out/);
    assert.ok(await page.$eval(field("poster"), (input) => input.disabled));
    // Nothing chosen.
    const refused = async (sentence) => {
      await press(page, ".buy");
      await page.waitForFunction((wanted) => document.querySelector("#notice").textContent.includes(wanted), {}, sentence);
    };
    await refused("the basket is empty");
    await more(page, "hoodie");
    await more(page, "sake");
    assert.equal(await text(page, "#total"), "One currency at a time");
    await refused("one currency at a time");
    assert.equal(await page.$eval(":focus", ({ name }) => name), "quantity:sake");
    await picture(page, "phone-error");
    // Somebody else was faster.
    await page.$eval(field("sake"), (input) => (input.value = "0"));
    await gateway.api("PATCH", "/streamers/me/products/hoodie", { stock: 0 });
    await refused("Hoodie is sold out");
    assert.match(await text(page, `li:has(${field("hoodie")})`), /Sold out/);
    assert.equal(await page.$eval(field("hoodie"), ({ value }) => value), "0");
    // Too long, too odd.
    await page.$eval("#name", (input) => (input.value = "x".repeat(51)));
    await page.type("#tip", "5");
    await refused("a nickname has at most 50 characters");
    await page.$eval("#name", (input) => (input.value = ""));
    await page.type("#tip", ".0001");
    await refused("Write the tip as a number");
    stripe.end();
    await page.$eval("#tip", (input) => (input.value = "5"));
    await refused("nothing was charged");
    await picture(page, "phone-away");
    assert.deepEqual(page.complaints, []);
  });

  test("a buyer who goes back finds the basket as it was, and the pieces free", async () => {
    const page = await open(PHONE);
    for (let n = 0; n < 3; n += 1) await more(page, "hoodie");
    await page.type("#message", "love the stream");
    await Promise.all([page.waitForNavigation(), press(page, ".buy")]);
    assert.equal((await gateway.api("GET", "/streamers/me/products/hoodie")).held, 3);
    await press(page, 'button[value="back"]');
    await page.waitForFunction((at) => document.querySelector(at)?.value === "3", { timeout: 30_000 }, field("hoodie"));
    assert.equal(await text(page, "#total"), "€77.97");
    assert.equal(await page.$eval("#message", ({ value }) => value), "love the stream");
    assert.match(await text(page, `li:has(${field("hoodie")})`), /3 left/);
    assert.equal((await gateway.api("GET", "/streamers/me/products/hoodie")).held, 0);
    // Bought, it is not there any more.
    await Promise.all([page.waitForNavigation(), press(page, ".buy")]);
    await Promise.all([page.waitForNavigation(), press(page, 'button[value="card"]')]);
    await page.goto(`${gateway.url}/store/me`);
    await page.waitForFunction(() => !sessionStorage.length);
    assert.equal(await text(page, "#total"), "");
  });

  test("without JavaScript the form leads to Stripe", async () => {
    const page = await open(DESKTOP, (page) => page.setJavaScriptEnabled(false));
    await page.type(field("mug"), "1");
    await page.type("#name", "mika");
    await picture(page, "without-script");
    // A locator needs animation frames, which such a page does not hand out; nor does this one move.
    await Promise.all([page.waitForNavigation(), page.click(".buy")]);
    assert.ok(page.url().startsWith(stripe.url), page.url());
  });

  test("a store with nothing to sell, and none", async () => {
    for (const { id } of PRODUCTS) await gateway.api("DELETE", `/streamers/me/products/${id}`);
    const page = await open(PHONE, prefer("light"));
    assert.match(await text(page, "header"), /Nothing is for sale right now/);
    await picture(page, "empty");
    await page.goto(`${gateway.url}/store/nobody`);
    assert.match(await text(page, "header"), /There is no such store/);
    assert.equal(await page.$("form"), null);
    await picture(page, "none");
  });
});
