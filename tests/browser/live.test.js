// The live page of an evening, against the real gateway: what needs a person, and who may do what.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { accessible, accessibleInBothThemes } from "./support/axe.js";
import { hidden, html, launchCurrent, People, PHONE, sees } from "./support/dashboard.js";
import { beObs, obsSays } from "./support/obs.js";
import { card, press } from "./support/page.js";
import { openShop, sellForged, sellStray } from "./support/stripe.js";
import { until } from "./support/until.js";

const MUG = { product: "Mug", amount: 1400, currency: "eur" };
const HELD = { ...MUG, nickname: "nova", message: "join my discord" };

describe("live", () => {
  let browser, people, gateway, sell;

  before(async () => {
    browser = await launchCurrent();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    people = await People.gather(browser);
    gateway = people.gateway;
    await gateway.api("PATCH", "/streamers/me", { duration: "60s", moderation: { hold: ["discord"] } });
    sell = await openShop(gateway);
  });
  afterEach(() => people.part());

  const strike = (page, key) => page.keyboard.press(key);
  // Their milliseconds may look like an amount.
  const withoutTimes = (text) => text.replace(/T\d\d:\d\d:\d\d\.\d{3}Z/g, "");
  const held = "#held .need";
  const verdict = (page, word) => page.$eval(held, (need, asked) =>
    [...need.querySelectorAll("button")].find(({ textContent }) => textContent === asked).click(), word);
  const covered = (page, selector) => page.$eval(selector, (element) => {
    const { visibility, fontSize } = getComputedStyle(element);
    return visibility === "hidden" && fontSize === "0px";
  });
  const newest = async (state) => (await gateway.api("GET", `/streamers/me/alerts?state=${state}`)).data[0];
  const queue = () => gateway.api("GET", "/streamers/me/queue");

  const nothing = (page) => page.waitForSelector("#needs-empty", { visible: true });

  // An evening with something in every list.
  async function busy() {
    await people.overlay((page) => beObs(page));
    await people.overlay();
    await sell({ ...MUG, nickname: "mika", message: "hello" });
    await until("it plays", async () => (await queue()).playing?.started);
    await sell({ ...MUG, nickname: "kai" });
    await sell(HELD);
  }

  test("an empty page, a busy one and the sign-in are accessible, on a desk and on a phone", async () => {
    const page = await people.signIn();
    await sees(page, "#now-body", /No overlay connected[^]*first alert is a minute away/);
    await accessibleInBothThemes(page);
    await busy();
    await sees(page, held, /discord/);
    await sees(page, "#warnings", /could ring/);
    await sees(page, "#next", /kai/);
    await accessibleInBothThemes(page);
    await page.setViewport(PHONE);
    await accessibleInBothThemes(page);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    await press(page, "#sign-out");
    await page.waitForSelector("#sign-in", { visible: true });
    await accessibleInBothThemes(page);
  });

  for (const [word, state, shown] of [
    ["Show", "queued", { name: "nova", message: "join my discord" }],
    ["No message", "queued", { name: "nova", message: undefined }],
    ["Anonymous", "queued", { name: "Someone", message: undefined }],
    ["Don't show", "silent", { name: "Someone", message: undefined }],
  ]) {
    test(`a held alert is judged: ${word}`, async () => {
      const page = await people.signIn();
      await sell(HELD);
      await sees(page, held, /Mug €14\.00[^]*a word on your hold list[^]*nova[^]*“join my discord”/);
      assert.match(await page.title(), /^\(1\)/);
      await verdict(page, word);
      await nothing(page);
      const alert = await newest(state);
      assert.deepEqual({ name: alert.buyer.name, message: alert.message?.text }, shown);
      assert.equal(await page.title(), "Tillbell");
    });
  }

  test("two moderators judge and skip the same at once: one effect, and both see it", async () => {
    const both = [await people.signIn({ role: "moderator" }), await people.signIn({ role: "moderator" })];
    await sell(HELD);
    for (const page of both) await sees(page, held, /“join my discord”/);
    await Promise.all([verdict(both[0], "Show"), verdict(both[1], "Anonymous")]);
    for (const page of both) await page.waitForFunction(() => !document.querySelector("#held .need"));
    const { id, buyer } = await newest("queued");
    const told = await gateway.api("GET", `/why/${id}`);
    assert.equal(told.steps.filter(({ step }) => step === "approved").length, 1, "the quicker verdict alone");
    for (const page of both) await sees(page, "#next-list", new RegExp(buyer.name));
    const said = await Promise.all(both.map((page) => page.$eval("#needs-said", ({ textContent }) => textContent)));
    assert.deepEqual(said.filter(Boolean), ["Somebody else has decided about it already."]);

    await sell({ ...MUG, nickname: "kai" });
    for (const page of both) await sees(page, "#next-list", /kai/);
    await Promise.all(both.map((page) => press(page, "#next-list .icon")));
    for (const page of both) await sees(page, "#next-count", /^1$/);
    assert.equal((await gateway.alert(id)).state, "skipped");
    assert.equal((await newest("queued")).buyer.name, "kai", "what came behind it was not skipped as well");
    for (const page of both) assert.doesNotMatch(withoutTimes(await html(page)), /14[.,]00|€/);
  });

  test("panic is one key, and everybody sees it", async () => {
    const [page, other] = [await people.signIn(), await people.signIn({ role: "moderator" })];
    await busy();
    await sees(page, "#next", /kai/);
    await page.keyboard.down("Shift");
    await strike(page, "P");
    await page.keyboard.up("Shift");
    for (const each of [page, other]) await sees(each, "#now-body", /Stopped by panic/);
    assert.equal((await queue()).length, 0);
    await sees(page, "#feed", /panic was pressed · started \d/);
    await strike(page, " ");
    await sees(other, "#now-body", /Ready/);
    await sees(page, "#mute", /Unmute/);
  });

  test("keys can be turned off, and are taken by no field and no dialog", async () => {
    const page = await people.signIn();
    await sees(page, "#pause", /Pause/);
    await press(page, "#streamer-mode");
    await press(page, "#streamer-mode");
    await page.waitForSelector("dialog[open]");
    await strike(page, "m");
    await strike(page, "Escape");
    await page.$eval("#keys", (button) => button.click());
    await strike(page, "m");
    await page.reload();
    await sees(page, "#pause", /Pause/);
    await strike(page, "m");
    await page.$eval("#keys", (button) => button.click());
    assert.equal((await queue()).muted, false);
    await strike(page, "m");
    await sees(page, "#mute", /Unmute/);
  });

  test("what viewers missed is replayed", async () => {
    const page = await people.signIn();
    await gateway.api("PATCH", "/streamers/me", { duration: "3s" });
    const shown = await people.overlay();
    await sell({ ...MUG, nickname: "mika" });
    await card(shown);
    await until("it started", async () => (await queue()).playing?.started);
    await shown.close();
    await sees(page, "#missed", /Missed 1[^]*mika Mug[^]*the overlay went away/);
    await accessible(page);
    await press(page, "#missed .missed-row button");
    await sees(page, "#next", /mika Mug/i);
    await nothing(page);
    const again = await people.overlay();
    assert.equal((await card(again)).tab, "REPLAY");
  });

  test("all that was missed is replayed at once, and many only after a question", async () => {
    const page = await people.signIn();
    const names = ["a", "b", "c", "d", "e", "f"];
    for (const nickname of names) await sell({ ...MUG, nickname, age: 7200 });
    await sees(page, "#missed", /Missed 6[^]*the payment arrived too late[^]*1 more/);
    await press(page, "#replay-all");
    await page.keyboard.press("Escape");
    await press(page, "#replay-all");
    await sees(page, ".ask", /Replay 6 alerts/);
    assert.equal((await queue()).length, 0);
    await press(page, ".ask .primary");
    await sees(page, "#next-count", /^6$/);
    await sees(page, "#needs-said", /6 alerts went back to the queue/);
    await nothing(page);
  });

  test("a source that vanished is told until somebody knows", async () => {
    const page = await people.signIn();
    const shown = await people.overlay((overlay) => beObs(overlay));
    await sees(page, "#chips", /OBS 32/);
    await shown.close();
    await sees(page, "#warnings", /main vanished at \d[^]*refresh the browser source[^]*OBS 32\.2 · 127\.0\.0\.1/);
    await press(page, "#warnings button");
    await nothing(page);
  });

  test("sources that could both ring, sleep, or are too old are told by name", async () => {
    const page = await people.signIn();
    const moderator = await people.signIn({ role: "moderator" });
    const shown = await people.overlay((overlay) => beObs(overlay));
    await people.overlay((overlay) => beObs(overlay, undefined, "27.2.4"));
    await sees(page, "#warnings", /2 sources could ring[^]*OBS 32\.2 · 127\.0\.0\.1[^]*OBS 27\.2 · 127\.0\.0\.1[^]*OBS 27\.2\.4 is too old/);
    await sees(moderator, "#warnings", /2 sources could ring[^]*OBS 32\.2/);
    assert.doesNotMatch(await html(moderator), /127\.0\.0\.1 ?</, "no addresses for moderators");
    await obsSays(shown, "obsSourceActiveChanged", { active: false });
    await until("the page has looked again", async () => /not on stream/.test(await page.$eval("#warnings", ({ innerText }) => innerText)));
    await sees(page, "#chips", /source not active/);
    await page.waitForFunction(() => !document.querySelector("#warnings").innerText.includes("could ring"));
  });

  test("refused deliveries and dead letters are told to who may mend them", async () => {
    await sellStray(gateway);
    await until("it is dead", async () => (await gateway.api("GET", "/dead-letters")).data.length === 1);
    await sellForged(gateway);
    const page = await people.signIn();
    await sees(page, "#warnings", /1 event could not become a sale[^]*delivery at [\d:]+ was refused[^]*signature does not match/);
    const moderator = await people.signIn({ role: "moderator" });
    await nothing(moderator);
  });

  test("streamer mode covers everything at once, and asks before it uncovers", async () => {
    const page = await people.signIn();
    await busy();
    await sees(page, held, /discord/);
    await sees(page, "#now-body", /€14\.00/);
    await press(page, "#streamer-mode");
    const secrets = [".amount-chip", "#next .amount", "#feed .amount", ".written", ".need .amount", ".need-places .private"];
    for (const secret of secrets) assert.ok(await covered(page, secret), secret);
    await accessible(page);
    assert.doesNotMatch(await page.$eval("main", ({ innerText }) => innerText), /€|discord|127\.0/);
    await press(page, ".uncover");
    assert.ok(!(await covered(page, ".written")), "one text, to judge it");
    await page.reload();
    await page.waitForSelector(".amount-chip");
    assert.ok(await covered(page, ".amount-chip"), "remembered on this device");
    await press(page, "#streamer-mode");
    await accessibleInBothThemes(page);
    await strike(page, "Escape");
    assert.ok(await covered(page, ".amount-chip"));
    await press(page, "#streamer-mode");
    await press(page, ".ask .primary");
    await sees(page, "#now-body", /€14\.00/);
  });

  test("streamer mode comes on by itself once OBS streams, for the owner alone", async () => {
    const [page, moderator] = [await people.signIn(), await people.signIn({ role: "moderator" })];
    await people.overlay((overlay) => beObs(overlay, { streaming: true, recording: false }));
    await page.waitForSelector("#streamer-mode[aria-pressed=true]");
    await sees(moderator, "#chips", /live/);
    assert.equal(await moderator.$eval("#streamer-mode", (button) => button.getAttribute("aria-pressed")), "false");
  });

  test("the focus stays where the hands are", async () => {
    const page = await people.signIn();
    for (const nickname of ["one", "two", "three"]) await sell({ ...HELD, nickname });
    await until("all wait", async () => (await page.$$(held)).length === 3);
    const focused = () => page.evaluate(() => document.activeElement.closest(".need")?.querySelector(".written-name").textContent);
    await page.focus(`${held}:nth-child(2) .verdicts button:nth-child(3)`);
    const [first, second, third] = await page.$$eval(".written-name", (names) => names.map(({ textContent }) => textContent));
    await sell({ ...HELD, nickname: "four" });
    await until("it waits too", async () => (await page.$$(held)).length === 4);
    assert.equal(await focused(), second);
    await strike(page, "Enter");
    await until("it is decided", async () => (await page.$$(held)).length === 3);
    assert.equal(await focused(), third, `not ${first}`);
  });

  test("tonight's sums, hours and goal follow the sales, and tests do not count", async () => {
    await gateway.api("PATCH", "/streamers/me", { goal: { title: "New mic", amount: { minor: 5000, currency: "EUR" } } });
    const [page, moderator] = [await people.signIn(), await people.signIn({ role: "moderator" })];
    await sell({ ...MUG, nickname: "mika" });
    await sell({ ...MUG, nickname: "kai", amount: 1101 });
    await sell({ ...MUG, nickname: "rio", amount: 1000, currency: "jpy" });
    await gateway.testAlert();
    await sees(page, "#tonight-board", /€25\.01\s*¥1,000\s*3 orders[^]*New mic[^]*50 %[^]*€25\.01 of €50\.00/);
    await sees(moderator, "#tonight-board", /3 orders[^]*New mic[^]*50 %/);
    assert.doesNotMatch(await html(moderator), /€|¥/);
    assert.match(await page.$eval("#tonight-bars", (bars) => bars.getAttribute("aria-label")), /^Orders by hour: .*\d\d:\d\d \d/);
    await accessibleInBothThemes(page);
  });

  test("the columns scroll, the page does not", async () => {
    const page = await people.signIn();
    for (let n = 0; n < 20; n++) await gateway.testAlert({ name: `n${n}` });
    await until("all stand in the feed", () => page.$$eval("#feed .row", (rows) => rows.length === 20));
    await sees(page, "#now-body", /What waits plays as soon as OBS has it/);
    assert.equal(await page.evaluate(() => document.documentElement.scrollHeight), page.viewport().height);
  });

  test("setting up stays done however many sales came since the test alert", async () => {
    const page = await people.signIn();
    const done = (name) => page.evaluate(async (buyer) => {
      const { Progress } = await import("/static/progress.js");
      const alerts = [{ state: "shown", test: false, buyer }];
      return new Progress(Object.assign(new EventTarget(), { streamer: "me", connections: [], alerts })).done.test;
    }, { name });
    assert.deepEqual([await done("mika"), await done("Sound test")], [true, false]);
  });

  test("a viewer has nothing to press and reads nothing that was held", async () => {
    const page = await people.signIn({ role: "viewer" });
    await sell(HELD);
    await sees(page, "#feed", /held[^]*Someone Mug/);
    assert.doesNotMatch(await html(page), /discord|nova/);
    for (const part of ["#now-controls", "#tonight-test", "#setup"]) assert.ok(await hidden(page, part), part);
    assert.equal(await page.$(".page-link[href='/rules']"), null);
    await nothing(page);
  });

  test("what strangers wrote stays text in every list", async () => {
    const page = await people.signIn();
    const nasty = "<img src=x onerror=\"document.title='taken'\">";
    await gateway.api("PATCH", "/streamers/me", { name: nasty });
    await page.reload();
    await sees(page, "#streamer", /<img/);
    await sell({ ...HELD, nickname: nasty, product: nasty, variant: nasty });
    await sell({ ...MUG, nickname: nasty, product: nasty });
    await sees(page, held, /<img[^]*discord/);
    await sees(page, "#next", /<img/);
    assert.equal(await page.$eval("#bar, main", () => document.querySelectorAll("img[src=x], [onerror]").length), 0);
    assert.doesNotMatch(await page.title(), /taken/);
  });
});
