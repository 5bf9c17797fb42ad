// The rules editor in a current browser: what is made there is done with real sales.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { accessibleInBothThemes } from "./support/axe.js";
import { launchCurrent, People, PHONE, sees } from "./support/dashboard.js";
import { press } from "./support/page.js";
import { openShop } from "./support/stripe.js";
import { until } from "./support/until.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));
const WIDE = { width: 1360, height: 900 };
const THREE = [
  { name: "Big", when: { amount: { currency: "EUR", min: 5000 } }, then: { theme: "neon" } },
  { name: "Stickers", when: { product: "sticker*" }, then: { silent: true } },
  { name: "<b>Pennies</b>", when: { amount: { currency: "EUR", max: 199 } }, then: { theme: "toast" } },
];

mkdirSync(ARTEFACTS, { recursive: true });

describe("the rules editor", () => {
  let browser, people, gateway;

  before(async () => {
    browser = await launchCurrent();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    people = await People.gather(browser);
    ({ gateway } = people);
    await gateway.api("PATCH", "/streamers/me", { currency: "eur" });
  });
  afterEach(() => people.part());

  async function editor(part = "rules") {
    const page = await people.signIn({ size: WIDE });
    await page.goto(`${gateway.url}/rules#${part}`);
    await page.waitForSelector(`#part-${part}`, { visible: true });
    await page.waitForSelector("#verdict:not(:empty)");
    return page;
  }

  const rules = async () => (await gateway.api("GET", "/streamers/me")).rules;
  const set = (settings) => gateway.api("PATCH", "/streamers/me", settings);
  const order = (page) => page.$$eval(".rule .rule-words strong", (names) => names.map(({ textContent }) => textContent));
  const say = (page, label, value) => page.evaluate((words, text) => {
    const of = [...document.querySelectorAll("label")].find((each) => each.textContent === words && each.checkVisibility());
    const control = document.getElementById(of.htmlFor);
    control.focus();
    control.value = text;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }, label, value);
  const add = async (page, side, what) => page.select(`.side[data-field$=".${side}"] .add-part`, what);

  async function save(page) {
    await press(page, "#save");
    await sees(page, "#save-said", /Saved/);
  }

  test("a rule made here holds a real sale, and the dry run says so before", async () => {
    const sell = await openShop(gateway);
    const page = await editor();
    await press(page, "#add-rule");
    await page.type(".rule-form input", "Big hoodies");
    await add(page, "when", "product");
    await say(page, "Product", "hood*");
    await add(page, "when", "amount");
    await say(page, "At least", "20");
    await add(page, "then", "hold");
    await sees(page, ".rule-words", /When it comes to at least €20.00 and “hood\*” is bought\s*a person decides first/);
    await sees(page, "#verdict", /Rule 1, Big hoodies, decides\s*A person decides first/);
    await say(page, "Amount in EUR", "19.99");
    await sees(page, "#verdict", /No rule fits/);
    await sees(page, ".why", /amount: it is €19.99/);
    assert.deepEqual(await rules(), [], "trying saves nothing");
    await save(page);
    await sell({ nickname: "mika", message: "", amount: 2599, currency: "eur", product: "Hoodie", variant: "L" });
    await until("the sale is held", async () => {
      const [sale] = (await gateway.api("GET", "/streamers/me/alerts")).data;
      return sale?.state === "held";
    });
    // The same sale, tried as a real one.
    await page.$eval("input[value=real]", (radio) => radio.click());
    await sees(page, "#verdict", /Rule 1, Big hoodies, decides/);
  });

  test("the order is changed by keys, by arrows and by dragging", async () => {
    await set({ rules: THREE });
    const page = await editor();
    await sees(page, ".rule-list", /Pennies/);
    await page.focus(".rule:nth-child(1) .rule-handle");
    await page.keyboard.press("ArrowDown");
    assert.deepEqual(await order(page), ["Stickers", "Big", "<b>Pennies</b>"]);
    await page.keyboard.press("ArrowDown");
    assert.deepEqual(await order(page), ["Stickers", "<b>Pennies</b>", "Big"], "the focus goes along");
    await press(page, ".rule:nth-child(3) [data-act=up]");
    assert.deepEqual(await order(page), ["Stickers", "Big", "<b>Pennies</b>"]);
    const place = (nth) => page.$eval(`.rule:nth-child(${nth}) .rule-handle`, (handle) => {
      const { x, y, width, height } = handle.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    });
    const [from, to] = [await place(3), await place(1)];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y - 10, { steps: 8 });
    await page.mouse.up();
    assert.deepEqual(await order(page), ["<b>Pennies</b>", "Stickers", "Big"]);
    await save(page);
    assert.deepEqual((await rules()).map(({ name }) => name), ["<b>Pennies</b>", "Stickers", "Big"]);
  });

  test("what does not fit is said beside its field", async () => {
    await set({ rules: THREE });
    const page = await editor();
    await press(page, ".rule:nth-child(2) .rule-open");
    await add(page, "then", "hold");
    await press(page, "#save");
    await sees(page, `[data-field="rules[1].then"] > .wrong`, /Hold or silent, not both/);
    await page.$eval(`[data-field="rules[1].then.silent"] .part-head button`, (remove) => remove.click());
    await add(page, "then", "text");
    await say(page, "Headline", "{nobody} was here");
    await sees(page, "#verdict", /Rule 2, then.text: .*nobody/);
    await press(page, ".rule:nth-child(1) .rule-open");
    await press(page, "#save");
    await sees(page, `[data-field="rules[1].then.text"] .wrong`, /nobody/);
    assert.deepEqual((await rules())[1].then, { silent: true }, "nothing of it was saved");
  });

  test("a number out of bounds is not taken", async () => {
    await set({ rules: [{ then: { volume: 80 } }] });
    const page = await editor();
    await press(page, ".rule-open");
    await say(page, "Volume, in %", "300");
    assert.equal(await page.$eval("#save-bar", ({ hidden }) => hidden), true, "nothing to save");
    await say(page, "Volume, in %", "30");
    await save(page);
    assert.equal((await rules())[0].then.volume, 30);
  });

  test("rules are copied and removed, and a removed one comes back", async () => {
    await set({ rules: THREE.slice(0, 2) });
    const page = await editor();
    await press(page, ".rule:nth-child(1) [aria-label^=Copy]");
    assert.deepEqual(await order(page), ["Big", "Big", "Stickers"]);
    await press(page, ".rule:nth-child(1) [aria-label^=Remove]");
    await press(page, ".rule:nth-child(1) [aria-label^=Remove]");
    assert.deepEqual(await order(page), ["Stickers"]);
    await page.$eval(".save-actions .button:nth-child(1)", (undo) => undo.click());
    assert.ok((await order(page)).includes("Big"));
  });

  test("of two owners who change the rules the second is told, and overwrites nobody unseen", async () => {
    const mine = await editor();
    const theirs = await people.signIn({ role: "owner", size: WIDE });
    await theirs.goto(`${gateway.url}/rules`);
    await theirs.waitForSelector("#add-rule", { visible: true });
    for (const [page, name] of [[mine, "mine"], [theirs, "theirs"]]) {
      await press(page, "#add-rule");
      await page.type(".rule-form input", name);
    }
    await save(mine);
    await press(theirs, "#save");
    await sees(theirs, "#save-said", /Also changed elsewhere: rules/);
    assert.deepEqual((await rules()).map(({ name }) => name), ["mine"]);
    await theirs.$eval(".save-actions .button:nth-child(2)", (discard) => discard.click());
    assert.deepEqual(await order(theirs), ["mine"]);
  });

  test("a list of words is tried, saved, and holds for what buyers write", async () => {
    const sell = await openShop(gateway);
    const page = await editor("words");
    await say(page, "Replaced by ***", "badword*\ngo away");
    await say(page, "A message", "a B4dW0rdy, go away <i>now</i>");
    await sees(page, "#moderated", /a \*\*\*, \*\*\* <i>now<\/i>/);
    await sees(page, "#moderated", /“B4dW0rdy”, replaced by badword\*/);
    await save(page);
    await sell({ nickname: "mika", message: "a badword", amount: 2599, currency: "eur", product: "Mug" });
    await until("the word is gone", async () => (await gateway.api("GET", "/streamers/me/alerts")).data[0]?.message?.text === "a ***");
    await say(page, "Hidden", "*");
    await sees(page, "#moderated", /entry 1 of hide/);
    await press(page, "#save");
    await sees(page, "#part-words .wrong", /entry 1 of hide/);
  });

  test("what makes an alert wait is set in plain words", async () => {
    const page = await editor("alerts");
    await say(page, "With no overlay there, an alert waits for", "20");
    await say(page, "Your name", "Mika's shop");
    await page.$eval("[data-field=hold_until_live] input", (box) => box.click());
    await page.$eval("input[value=play]", (radio) => radio.click());
    await save(page);
    const { missed_after, hold_until_live, when_inactive, name } = await gateway.api("GET", "/streamers/me");
    assert.deepEqual([missed_after, hold_until_live, when_inactive, name], ["20m", true, "play", "Mika's shop"]);
    await say(page, "A sale may be late by", "1000");
    await press(page, "#save");
    await sees(page, "[data-field=late_after] .wrong", /between 10s and 30d/);
  });

  test("it can be read and used by everybody, also on a phone", async () => {
    await set({ rules: THREE });
    const page = await editor();
    await press(page, ".rule:nth-child(1) .rule-open");
    for (const part of ["rules", "words", "alerts"]) {
      await page.setViewport(WIDE);
      await page.evaluate((hash) => (location.hash = hash), part);
      await page.waitForSelector(`#part-${part}`, { visible: true });
      await accessibleInBothThemes(page);
      await page.setViewport(PHONE);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), part);
      await page.screenshot({ path: `${ARTEFACTS}rules-${part}-phone.png`, fullPage: true });
    }
  });
});
