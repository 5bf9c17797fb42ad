// The dashboard in a current browser, against the real gateway.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ENGINES, launch } from "./support/engines.js";
import { Gateway } from "./support/gateway.js";
import { card, openOverlay, openPage, press, stageEmpty } from "./support/page.js";
import { openShop } from "./support/stripe.js";
import { until } from "./support/until.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

// What buyers try: it must stand in the feed as it was written, and as nothing but text.
const HOSTILE = [
  { name: "<b>bold</b>", message: "<script>document.title = 'taken'</script>" },
  { name: "<img src=x onerror=\"document.title='taken'\">", message: "</li><iframe src=x></iframe> &amp; &lt;" },
  { name: "${7*7} {{7*7}} %s", message: "javascript:alert(1)" },
];
const LONG = { name: "W".repeat(200), message: "unbroken".repeat(80), items: [{ name: "Thing".repeat(12), quantity: 3 }] };

mkdirSync(ARTEFACTS, { recursive: true });

describe("dashboard", () => {
  let browser, gateway;
  let contexts = [];
  let dashboards = [];

  before(async () => {
    browser = await launch(ENGINES.find(({ name }) => name === "current"));
  });
  after(() => browser?.close());
  beforeEach(async () => {
    gateway = await Gateway.start();
    await gateway.api("PATCH", "/streamers/me", { duration: "3s" });
    contexts = [];
    dashboards = [];
  });
  afterEach(async () => {
    const complaints = dashboards.flatMap((page) => page.complaints);
    for (const context of contexts) await context.close();
    await gateway.end();
    assert.deepEqual(complaints, [], "neither errors nor violations of the content security policy");
  });

  // A person of their own: nobody else's cookies, nobody else's clipboard.
  async function someone() {
    const context = await browser.createBrowserContext();
    contexts.push(context);
    return context;
  }

  async function open(link, size = DESK) {
    const page = await openPage(await someone(), link, size);
    dashboards.push(page);
    return page;
  }

  async function signIn(link = gateway.dashboard, size = DESK) {
    const page = await open(link, size);
    await page.waitForSelector("#dashboard", { visible: true });
    await sees(page, "#now-body", /\S/);
    return page;
  }

  async function overlay() {
    const page = await openOverlay(await someone(), gateway.overlay);
    await gateway.connected(1);
    return page;
  }

  // Waits until that part of the page says so.
  const sees = (page, selector, pattern) =>
    until(`${selector} says ${pattern}`, async () => {
      const [place] = await page.$$(selector);
      const text = await place?.evaluate((element) => element.innerText);
      return pattern.test(text ?? "") && text;
    });

  const html = (page) => page.evaluate(() => document.documentElement.outerHTML);
  const hidden = (page, selector) => page.$eval(selector, (element) => !element.checkVisibility());
  const openStory = ".story:not([hidden])";
  const newestRow = ".rows > li:not(.day) .row";

  test("a link signs in once; used again it says why it does not", async () => {
    const page = await signIn();
    assert.equal(page.url(), `${gateway.url}/`, "the code has left the address bar");
    assert.equal(await page.evaluate(() => document.cookie), "", "no script can read the session");
    await page.reload();
    await page.waitForSelector("#dashboard", { visible: true });
    const again = await open(gateway.dashboard);
    await again.waitForSelector("#sign-in", { visible: true });
    await sees(again, "#sign-in-problem", /used already.*tillbell key add/);
    assert.ok(await hidden(again, "#dashboard"));
    // The way out that the page names.
    await again.type("#sign-in-code", await gateway.link("owner"));
    await press(again, "#sign-in-form button");
    await again.waitForSelector("#dashboard", { visible: true });
    await press(again, "#sign-out");
    await again.waitForSelector("#sign-in", { visible: true });
    await again.reload();
    await again.waitForSelector("#sign-in", { visible: true });
  });

  test("the chip tells when an overlay comes and goes", async () => {
    const page = await signIn();
    await sees(page, "#chips", /No overlay connected/);
    await sees(page, "#now-body", /No overlay connected/);
    const shown = await overlay();
    await sees(page, "#chips", /main connected · browser/);
    await sees(page, "#now-body", /Ready/);
    await shown.close();
    await sees(page, "#chips", /No overlay connected/);
  });

  test("the test button rings, and the feed follows the alert to its end", async () => {
    const page = await signIn();
    const shown = await overlay();
    await sees(page, "#chips", /main connected/);
    await press(page, "#test");
    const { name, tab } = await card(shown);
    assert.equal(tab, "TEST");
    await sees(page, "#now-body", new RegExp(name));
    const row = await sees(page, newestRow, /playing/);
    assert.match(row, /TEST/);
    assert.ok(row.includes(name));
    await sees(page, newestRow, /shown/);
    await sees(page, "#test-result", /^Shown after \d/);
    await press(page, newestRow);
    await sees(page, openStory, /in the queue[^]*sent to the overlay[^]*started on the overlay[^]*shown/);
  });

  test("without an overlay the test button says so at once", async () => {
    const page = await signIn();
    await sees(page, "#chips", /No overlay connected/);
    await press(page, "#test");
    await sees(page, "#test-result", /Nobody is connected/);
    await sees(page, newestRow, /waiting/);
  });

  test("a sale's story can be read, and the alert replayed", async () => {
    const page = await signIn();
    const shown = await overlay();
    const sell = await openShop(gateway);
    await sell({ nickname: "mika", message: "ahoy", product: "Hoodie", variant: "L", amount: 2599, currency: "eur" });
    await sees(page, newestRow, /shown[^]*mika Hoodie \(L\)[^]*€25\.99/);
    await press(page, newestRow);
    await sees(page, openStory, /received[^]*verified[^]*in the queue[^]*evt_/);
    await stageEmpty(shown);
    await press(page, ".story .button");
    assert.equal((await card(shown)).tab, "REPLAY");
  });

  test("orders of an outage wait by themselves, and end on one card", async () => {
    const page = await signIn();
    const sell = await openShop(gateway);
    for (const nickname of ["mika", "nova", "kai", "rio", "ann"]) {
      await sell({ nickname, message: "hi", product: "Mug", amount: 1400, currency: "eur", age: 600 });
    }
    await sees(page, "#next-count", /^5$/);
    await overlay();
    await sees(page, "#now-body", /While you were away[^]*€70\.00[^]*5 orders/);
    await sees(page, "#feed", /While you were away 5 orders/);
    await page.screenshot({ path: join(ARTEFACTS, "dashboard-digest.png") });
    await until("all are shown", async () => (await page.$$(".rows [data-state=shown]")).length === 6);
    const rows = await page.$$eval(".rows .row", (all) => all.map(({ textContent }) => textContent));
    const card = rows.findIndex((row) => row.includes("5 orders"));
    await (await page.$$(".rows .row"))[card].click();
    await sees(page, openStory, /playing[^]*started on the overlay[^]*shown[^]*al_/);
    assert.equal(await page.$(".story .button"), null, "each is replayed from its own row");
  });

  test("orders of a rush wait by themselves, and end on one card", async () => {
    const page = await signIn();
    const sell = await openShop(gateway);
    for (const nickname of ["mika", "nova", "kai", "rio", "ann", "lou", "bo", "zed", "pat", "sam"]) {
      await sell({ nickname, message: "hi", product: "Mug", amount: 1400, currency: "eur" });
    }
    await sees(page, "#next-count", /^10$/);
    await overlay();
    await sees(page, "#now-body", /10 orders[^]*€140\.00[^]*Mug ×10/);
    await sees(page, "#feed", /10 orders Mug ×10/);
    await page.screenshot({ path: join(ARTEFACTS, "dashboard-combo.png") });
    await until("all are shown", async () => (await page.$$(".rows [data-state=shown]")).length === 11);
  });

  test("what buyers wrote stays text", async () => {
    const page = await signIn();
    await overlay();
    const shown = () => page.$$eval(".rows .row-what", (rows) =>
      rows.map((row) => [row.querySelector(".buyer").textContent, row.querySelector(".quote").textContent]));
    await gateway.api("POST", "/streamers/me/queue/pause");
    for (const buyer of HOSTILE) await gateway.testAlert(buyer);
    const expected = HOSTILE.map(({ name, message }) => [name, `“${message}”`]).reverse();
    await until("all are in the feed", async () => (await shown()).length === HOSTILE.length);
    assert.deepEqual(await shown(), expected);
    await sees(page, "#next-count", /^3$/);
    await gateway.api("POST", "/streamers/me/queue/resume");
    await sees(page, "#now-body", /<b>bold<\/b>[^]*<script>/);
    await press(page, newestRow);
    await sees(page, openStory, /javascript:alert/);
    const foreign = await page.$$eval("#feed *, #now *", (all) => all.filter(({ localName }) =>
      ["b", "img", "script", "iframe", "a"].includes(localName)).map(({ outerHTML }) => outerHTML));
    assert.deepEqual(foreign, []);
    assert.equal(await page.title(), "Tillbell");
  });

  test("the gateway is killed and started again, and the dashboard carries on", async () => {
    const page = await signIn();
    await sees(page, "#chips", /No overlay connected/);
    await page.evaluate(() => (window.same = true));
    await gateway.kill();
    await sees(page, "#chips", /Gateway away/);
    await press(page, "#pause");
    await sees(page, "#now-problem", /does not answer/);
    await gateway.run();
    await sees(page, "#chips", /No overlay connected/);
    assert.equal(await page.$eval("#now-problem", ({ textContent }) => textContent), "", "it answers again");
    await overlay();
    await sees(page, "#chips", /main connected/);
    await gateway.testAlert({ name: "after" });
    await sees(page, newestRow, /shown[^]*after/);
    assert.ok(await page.evaluate(() => window.same), "without loading the page again");
  });

  test("a viewer reads, and has nothing to press", async () => {
    const page = await signIn(await gateway.link("viewer"));
    await overlay();
    const id = await gateway.testAlert({ name: "mika", amount: { minor: 2599, currency: "eur" } });
    await sees(page, newestRow, /playing[^]*mika/);
    for (const part of ["#now-controls", "#setup"]) assert.ok(await hidden(page, part), part);
    await page.keyboard.press("s");
    assert.equal((await gateway.ended(id)).state, "shown", "the key for skip does nothing");
    await sees(page, newestRow, /shown/);
    await press(page, newestRow);
    await sees(page, openStory, /received[^]*verified[^]*shown/);
    assert.doesNotMatch(await html(page), /evt_/);
    assert.equal(await page.$(".story .button"), null);
    const key = new URL(gateway.overlay).hash.slice("#k=".length);
    assert.ok(!(await html(page)).includes(key));
  });

  test("a moderator skips and pauses, and sees no amounts", async () => {
    const page = await signIn(await gateway.link("moderator"));
    const owner = await signIn();
    await overlay();
    await gateway.api("PATCH", "/streamers/me", { duration: "20s" });
    const sell = await openShop(gateway);
    await sell({ nickname: "mika", message: "ahoy", product: "Mug", variant: "", amount: 2599, currency: "eur" });
    await sees(owner, newestRow, /playing[^]*25\.99/);
    await sees(page, newestRow, /playing[^]*mika/);
    await sees(page, "#now-body", /mika/);
    assert.ok(await hidden(page, "#setup"));
    await press(page, newestRow);
    await sees(page, openStory, /evt_/);
    assert.doesNotMatch(await html(page), /25[.,]99|2599|€/);
    await press(page, "#pause");
    await sees(page, "#pause", /Resume/);
    assert.equal((await gateway.api("GET", "/streamers/me/queue")).paused, true);
    await press(page, "#skip");
    await sees(page, newestRow, /skipped/);
    await sees(page, "#now-body", /Paused/);
    await sees(owner, "#now-body", /Paused/);
    assert.doesNotMatch(await html(page), /25[.,]99|2599|€/);
  });

  test("a phone needs no scrolling sideways", async () => {
    const fits = async (page) => assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    const page = await signIn(gateway.dashboard, PHONE);
    await overlay();
    await sees(page, "#chips", /main connected/);
    await fits(page);
    await gateway.api("PATCH", "/streamers/me", { duration: "20s" });
    await gateway.testAlert({ ...LONG, amount: { minor: 1_234_567_890, currency: "jpy" } });
    await gateway.testAlert(LONG);
    await sees(page, "#now-body", /WWW/);
    await sees(page, "#next-count", /^1$/);
    await sees(page, newestRow, /WWW/);
    await fits(page);
    await press(page, newestRow);
    await sees(page, openStory, /evt_/);
    await press(page, "#sign-out");
    await page.waitForSelector("#sign-in", { visible: true });
    await fits(page);
  });

  // For people to look at; what can be checked is checked above.
  test("pictures of it", async () => {
    const page = await signIn();
    const shoot = async (name) => {
      await page.evaluate(() => Promise.all(document.getAnimations()
        .filter((animation) => animation instanceof CSSAnimation).map(({ finished }) => finished)));
      await page.screenshot({ path: join(ARTEFACTS, `dashboard-${name}.png`), fullPage: true });
    };
    await sees(page, "#setup", /0 of 4 done/);
    await shoot("empty");
    const shown = await overlay();
    const sell = await openShop(gateway);
    await sell({ nickname: "mika", message: "greetings from the harbour, love the stream", product: "Hoodie", variant: "L", amount: 2599, currency: "eur" });
    await sees(page, newestRow, /shown/);
    const cut = await gateway.testAlert({ ...HOSTILE[0], amount: { minor: 500, currency: "usd" }, items: [{ name: "Mug", quantity: 1 }] });
    await card(shown);
    await gateway.api("POST", "/streamers/me/queue/skip", { alert_id: cut });
    await sees(page, newestRow, /skipped[^]*started \d/);
    await gateway.api("PATCH", "/streamers/me", { duration: "30s" });
    await sell({ nickname: "夜桜ミカ", message: "いつも配信ありがとうございます", product: "Sticker", variant: "", amount: 900, currency: "eur" });
    await sell({ nickname: "ليلى", message: "شكرا", product: "Mug", variant: "blue", amount: 1400, currency: "usd" });
    await gateway.testAlert(LONG);
    await sees(page, "#next-count", /^2$/);
    await press(page, ".rows > li[data-state=shown] .row");
    await sees(page, openStory, /evt_/);
    for (const scheme of ["dark", "light"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await shoot(scheme);
      await page.setViewport(PHONE);
      await shoot(`phone-${scheme}`);
      await page.setViewport(DESK);
    }
    await press(page, "#sign-out");
    await page.waitForSelector("#sign-in", { visible: true });
    await shoot("sign-in");
  });
});
