// The sales page in a current browser, against real sales.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { accessibleInBothThemes } from "./support/axe.js";
import { hidden, html, launchCurrent, People, PHONE, sees } from "./support/dashboard.js";
import { startFakeStripe } from "./support/fake-stripe.js";
import { press } from "./support/page.js";
import { openShop, sellStray } from "./support/stripe.js";
import { until } from "./support/until.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));
const WIDE = { width: 1360, height: 900 };
const SALES = [
  { nickname: "mika", message: "", amount: 2599, currency: "eur", product: "Hoodie" },
  { nickname: "mika", message: "", amount: 2599, currency: "eur", product: "Hoodie" },
  { nickname: "<b>noor</b>", message: "", amount: 900, currency: "eur", product: "Sticker <i>3</i>" },
  { nickname: "jo", message: "", amount: 1400, currency: "usd", product: "Mug" },
];

mkdirSync(ARTEFACTS, { recursive: true });

describe("the sales page", () => {
  let browser, stripe, people, gateway;

  before(async () => {
    browser = await launchCurrent();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    stripe = await startFakeStripe();
    people = await People.gather(browser, stripe.env);
    ({ gateway } = people);
    await gateway.api("PATCH", "/streamers/me", { currency: "eur" });
  });
  afterEach(async () => {
    await people.part();
    stripe.end();
  });

  async function salesPage(role = null, size = WIDE) {
    const page = await people.signIn({ role, size });
    await page.goto(`${gateway.url}/sales`);
    await sees(page, "#letters-heading", /Dead letters/);
    return page;
  }

  async function sold(sales = SALES) {
    const sell = await openShop(gateway);
    for (const sale of sales) await sell(sale);
    await until("all are sold", async () => (await gateway.api("GET", "/streamers/me/alerts")).data.length === sales.length);
  }

  const say = (page, place, label, value) => page.evaluate((at, words, text) => {
    const of = [...document.querySelectorAll(`${at} label`)].find((each) => each.textContent === words && each.checkVisibility());
    const control = document.getElementById(of.htmlFor);
    control.value = text;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }, place, label, value);

  test("what was sold stands there at once, in words and in a picture", async () => {
    const page = await salesPage();
    await sees(page, "#lists", /What sells most stands here/);
    await sold();
    await sees(page, ".figures", /Orders\s*4/);
    await sees(page, ".figures", /EUR\s*€60.98\s*USD\s*\$14.00/);
    await sees(page, "#lists", /Hoodie\s*×2/);
    await sees(page, "#lists", /mika 2 orders\s*€51.98/);
    await sees(page, "#lists", /<b>noor<\/b> Sticker <i>3<\/i>/);
    assert.equal(await page.$$eval(".chart .bar-of", ({ length }) => length) > 0, true);
    await page.$eval("input[value=EUR]", (radio) => radio.click());
    await sees(page, ".chart-room", /€\d/);
    await press(page, ".chart-table summary");
    await sees(page, ".chart-table", /4\s*€60.98\s*\$14.00/);
    await page.$eval("input[value='7d']", (radio) => radio.click());
    await sees(page, "#board-heading", /last 7 days/);
    await accessibleInBothThemes(page);
    await page.screenshot({ path: `${ARTEFACTS}sales.png`, fullPage: true });
    await page.setViewport(PHONE);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await page.screenshot({ path: `${ARTEFACTS}sales-phone.png`, fullPage: true });
  });

  test("a goal is set, moves with sales, and is cleared", async () => {
    const page = await salesPage();
    await say(page, "#goal", "What it is for", "New <b>mic</b>");
    await say(page, "#goal", "Amount in EUR", "ten");
    await press(page, ".goal-form .primary");
    await sees(page, "[data-field='goal.amount'] .wrong", /An amount, like 300/);
    await say(page, "#goal", "Amount in EUR", "100");
    await press(page, ".goal-form .primary");
    await sees(page, "#goal", /New <b>mic<\/b>\s*0 %/);
    await sold(SALES.slice(0, 2));
    await sees(page, "#goal", /51 %\s*€51.98 of €100.00/);
    await press(page, "#goal-clear");
    await sees(page, "#goal-said", /Gone/);
    assert.equal((await gateway.api("GET", "/streamers/me")).goal, null);
  });

  test("a product is added, changed and removed, and what is wrong is said beside it", async () => {
    const page = await salesPage();
    await press(page, "#add-product");
    await say(page, ".product-form", "Name", "Signed poster");
    await press(page, ".product-form .primary");
    await sees(page, ".product-form", /A price, like 25/);
    await say(page, ".product-form", "Price", "20");
    await say(page, ".product-form", "Stock", "3");
    await press(page, ".product-form .primary");
    await sees(page, ".products", /Signed poster\s*signed-poster\s*€20.00\s*3 left/);
    await press(page, ".product [aria-label^=Edit]");
    await say(page, ".product-form", "Stock", "0");
    await press(page, ".product-form .primary");
    await sees(page, ".products", /sold out/);
    const [product] = (await gateway.api("GET", "/streamers/me/products")).data;
    assert.deepEqual([product.stock, product.amount.minor, product.name], [0, 2000, "Signed poster"]);
    await press(page, ".product [aria-label^=Remove]");
    await press(page, ".ask .primary");
    await until("it is gone", async () => (await gateway.api("GET", "/streamers/me/products")).data.length === 0);
    await until("its row is gone", () => page.$eval(".products", (rows) => rows.hidden));
  });

  test("a dead letter says why it is one, is tried again in vain, and once it is put right", async () => {
    await sellStray(gateway);
    const page = await salesPage();
    await sees(page, "#dead-letters", /checkout.session.completed[^]*acct_nobody/);
    await press(page, "[aria-label^='Why']");
    await sees(page, ".letter-story", /received/);
    await press(page, "[aria-label^='Try again']");
    await sees(page, "#letters-said", /It came back: .*acct_nobody/);
    await gateway.api("POST", "/streamers/me/accounts", { id: "acct_nobody" });
    await press(page, "[aria-label^='Try again']");
    await sees(page, "#letters-said", /Something was made of it/);
    await sees(page, "#dead-letters", /every event of Stripe's came to something/);
    await sees(page, ".figures", /€9.00/);
  });

  test("a dead letter is discarded once that is confirmed", async () => {
    await sellStray(gateway);
    const page = await salesPage();
    await press(page, "[aria-label^='Discard']");
    await press(page, ".ask [value=no]");
    assert.equal((await gateway.api("GET", "/dead-letters")).data.length, 1);
    await press(page, "[aria-label^='Discard']");
    await press(page, ".ask .primary");
    await sees(page, "#letters-said", /Discarded/);
    assert.equal((await gateway.api("GET", "/dead-letters")).data.length, 0);
  });

  test("streamer mode leaves no amount to be read", async () => {
    await sold();
    const page = await salesPage();
    await sees(page, ".figures", /€60.98/);
    await press(page, "#streamer-mode");
    await until("amounts are covered", async () => !/[€$]\d/.test(await page.$eval("#main", ({ innerText }) => innerText)));
  });

  test("Stripe's list is checked on demand, by the admin only", async () => {
    const page = await salesPage();
    await page.waitForSelector("#check", { visible: true });
    await press(page, "#check");
    await sees(page, "#checked", /last three days are checked/);
    const owner = await salesPage("owner");
    assert.ok(await hidden(owner, "#checks"));
    const moderator = await people.signIn({ role: "moderator" });
    await moderator.goto(`${gateway.url}/sales`);
    await sees(moderator, "#main", /Only owners see this page/);
    assert.ok(!/€/.test(await html(moderator)));
  });
});
