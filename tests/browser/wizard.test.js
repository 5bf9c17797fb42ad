// The setup page: from an empty directory to the first seen alert by what the page says, and who else may come in.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { accessibleInBothThemes } from "./support/axe.js";
import { DESK, hidden, html, launchCurrent, People, PHONE, sees } from "./support/dashboard.js";
import { startFakeStripe } from "./support/fake-stripe.js";
import { beObs } from "./support/obs.js";
import { card, openOverlay, press, stageEmpty } from "./support/page.js";
import { openShop } from "./support/stripe.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));
const GOOD_SECRET = `whsec_${"Zq7mK2xP".repeat(4)}`;
const STEPS = ["overlay", "sound", "stripe", "test"];

mkdirSync(ARTEFACTS, { recursive: true });

const picture = (page, name) => page.screenshot({ path: join(ARTEFACTS, `wizard-${name}.png`), fullPage: true });
const done = (page) => page.$$eval(".step", (steps) => steps.filter(({ dataset }) => dataset.done === "true").map(({ id }) => id.slice("step-".length)));
const ticked = (page, step) => page.waitForSelector(`#step-${step}[data-done=true]`, { timeout: 30_000 });

// What OBS gets when the handle is dropped on it.
const drop = (page, place = "#overlay-links") =>
  page.$eval(`${place} .handle`, (handle) => {
    const dataTransfer = new DataTransfer();
    handle.dispatchEvent(new DragEvent("dragstart", { dataTransfer }));
    return dataTransfer.getData("text/uri-list");
  });

describe("wizard", () => {
  let browser, people, gateway, stripe;

  before(async () => {
    browser = await launchCurrent();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    stripe = await startFakeStripe();
    people = await People.gather(browser, stripe.env);
    gateway = people.gateway;
  });
  afterEach(async () => {
    await people.part();
    stripe.end();
  });

  // Signed in and on the setup page, with these steps open.
  async function openSetup({ role = null, size = DESK, steps = [] } = {}) {
    const page = await people.signIn({ role, size });
    await page.goto(`${gateway.url}/setup`);
    await page.waitForSelector("#step-overlay[open]");
    for (const step of steps) await page.$eval(`#step-${step}`, (details) => (details.open = true));
    return page;
  }

  test("the page alone leads from nothing to the first seen alert", async () => {
    const page = await people.signIn();
    await sees(page, "#setup", /0 of 4 done[^]*Next: the overlay/);
    await Promise.all([page.waitForNavigation(), press(page, "#setup a")]);
    await sees(page, "#setup-count", /^0 of 4 done/);
    await sees(page, "#sources", /Waiting for OBS/);
    assert.deepEqual(await done(page), []);
    await picture(page, "0");

    const source = new URL(await drop(page));
    source.search = ""; // OBS takes these for itself
    const obs = await openOverlay(await people.someone(), source.href, undefined, beObs);
    await ticked(page, "overlay");
    await sees(page, "#sources", /main is connected: OBS 32\.2\.2 · Chrome \d+/);

    await page.waitForSelector("#step-sound[open]");
    await press(page, "#ring");
    assert.equal((await card(obs)).name, "Sound test");
    await sees(page, "#ring-result", /bell r(ings|ang) on the overlay/);
    for (const answer of ["moved", "heard"]) await press(page, `#heard [name=${answer}][value=yes]`);
    await ticked(page, "sound");
    await stageEmpty(obs);
    assert.deepEqual(await done(page), ["overlay", "sound"]);

    await page.waitForSelector("#step-stripe[open]");
    await press(page, "#endpoint-make");
    await sees(page, "#endpoint-result", /^Made, and its signing secret is kept/);
    await sees(page, "#deliveries-advice", /Waiting for Stripe/);
    await fetch(`${stripe.url}/_fake/sample`, { method: "POST" });
    await ticked(page, "stripe");
    await sees(page, "#deliveries", /Received, signature right, .+ ago/);

    await page.waitForSelector("#step-test[open]");
    await press(page, "#test");
    assert.equal((await card(obs)).tab, "TEST");
    await sees(page, "#test-stages", /accepted[^]*playing[^]*shown, sound started/);
    await sees(page, "#test-result", /^Shown after \d/);
    await ticked(page, "test");
    await sees(page, "#setup-count", /Everything is set up/);
    await picture(page, "4");

    // Whoever comes back finds it as it is, and the live page says nothing of it any more.
    await page.reload();
    for (const step of STEPS) await ticked(page, step);
    await page.goto(gateway.url);
    await sees(page, "#chips", /main connected/);
    await sees(page, "#feed", /shown/);
    assert.ok(await hidden(page, "#setup"));
  });

  test("each answer about the sound has its advice, and only being heard ticks the step", async () => {
    const page = await openSetup({ steps: ["sound"] });
    await press(page, "#ring");
    await sees(page, "#ring-result", /No overlay is connected/);
    const obs = await people.overlay(beObs);
    await press(page, "#ring");
    await card(obs);
    const answer = async (moved, heard) => {
      await page.waitForSelector("#heard:not([hidden])");
      await press(page, `#heard [name=moved][value=${moved}]`);
      await press(page, `#heard [name=heard][value=${heard}]`);
    };
    for (const [moved, heard, advice, ticks] of [
      ["no", "no", /muted in OBS/, false],
      ["no", "yes", /speakers, not into the stream[^]*Control audio via OBS/, false],
      ["yes", "no", /Monitor and Output/, true],
      ["yes", "yes", /Viewers hear it, and so do you/, true],
      ["no", "no", /muted in OBS/, false],
    ]) {
      await answer(moved, heard);
      await sees(page, "#heard-result", advice);
      assert.equal((await done(page)).includes("sound"), ticks, `${moved} ${heard}`);
    }
    await press(page, "#no-sound");
    await ticked(page, "sound");
  });

  test("a delivery that is refused says why", async () => {
    const page = await openSetup({ steps: ["stripe"] });
    await sees(page, "#deliveries", /Nothing received yet/);
    const webhook = `${gateway.url}/webhooks/stripe/me`;
    await fetch(webhook, { method: "POST", body: "{}" });
    await sees(page, "#deliveries", /there is no secret to check it with/);
    await gateway.api("POST", "/streamers/me/secrets", { secret: GOOD_SECRET });
    await fetch(webhook, { method: "POST", body: "{}", headers: { "stripe-signature": `t=${Math.floor(Date.now() / 1000)},v1=${"0".repeat(64)}` } });
    await sees(page, "#deliveries", new RegExp(`signature doesn't match[^]*…${GOOD_SECRET.slice(-4)}`));
    assert.deepEqual(await done(page), []);
    const sell = await openShop(gateway);
    await sell({ nickname: "mika", message: "", product: "Mug", variant: "", amount: 900, currency: "eur" });
    await sees(page, "#deliveries", /signature right/);
    await ticked(page, "stripe");
  });

  test("the check before going live finds what is wrong without showing anything", async () => {
    const page = await openSetup();
    await press(page, "#preflight-check");
    await sees(page, "#preflight", /Wrong:\s+Overlay None is connected[^]*Stripe No signing secret/);
    const obs = await people.overlay(beObs);
    const old = await people.overlay((overlay) => overlay.setUserAgent("Mozilla/5.0 Chrome/102.0.0.0 OBS/27.9"));
    await gateway.api("PATCH", "/streamers/me", { hold_until_live: true });
    await gateway.api("POST", "/streamers/me/queue/pause");
    await gateway.api("POST", "/streamers/me/queue/mute");
    await press(page, "#preflight-check");
    await sees(page, "#preflight", /Overlay main OBS 32\.2\.2[^]*Look:\s+Overlay main[^]*Chrome is older than 103/);
    await sees(page, "#preflight", /muted[^]*Wrong:\s+Queue Paused[^]*Going live Alerts wait until OBS/);
    for (const source of [obs, old]) assert.equal(await source.$("#stage .card"), null, "nothing was shown");
    assert.equal((await gateway.api("GET", "/streamers/me/alerts")).data.length, 0, "nothing was made");
  });

  test("a moderator comes in by an invitation, which can be taken back", async () => {
    const page = await openSetup();
    await press(page, ".panel .more > summary");
    await page.type("#invite-name", "<b>Ana</b>");
    await press(page, "#invite .button:not(.small)");
    await sees(page, "#invite-result", /shown only here, and signs in once/);
    await sees(page, "#people", /<b>Ana<\/b>[^]*moderator[^]*link good for 7 days/);
    await press(page, "#invite-link [aria-pressed]");
    const link = await page.$eval("#invite-link .link-text", ({ textContent }) => textContent);
    const ana = await people.open(link);
    await ana.waitForSelector("#now-controls", { visible: true });
    await page.reload();
    await sees(page, "#people", /here now/);
    await press(page, ".person .button");
    await press(page, ".ask .primary");
    await sees(page, "#people", /Nobody yet/);
    await ana.reload();
    await ana.waitForSelector("#sign-in", { visible: true });
    // Those who may not own the channel are shown the door, not an empty page.
    const moderator = await people.signIn({ role: "moderator" });
    await moderator.goto(`${gateway.url}/setup`);
    await sees(moderator, "#main", /Only owners see this page/);
  });

  test("the overlay link is copied without being shown", async () => {
    const page = await openSetup();
    const key = new URL(gateway.overlay).hash.slice("#k=".length);
    await sees(page, "#overlay-links .link-text", /•/);
    assert.ok(!(await html(page)).includes(key));
    await page.browserContext().overridePermissions(gateway.url, ["clipboard-read", "clipboard-write"]);
    await press(page, "#overlay-links .link [aria-label^=Copy]");
    await sees(page, "#overlay-links .link [aria-label^=Copy]", /Copied/);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), gateway.overlay);
    assert.ok(!(await html(page)).includes(key));
    const reveal = "#overlay-links .link [aria-pressed]";
    await press(page, reveal);
    assert.equal(await page.$eval("#overlay-links .link-text", (text) => text.textContent), gateway.overlay);
    await press(page, reveal);
    assert.ok(!(await html(page)).includes(key));
  });

  test("the overlay handle drops a source of the right name and size on OBS", async () => {
    const page = await openSetup();
    await page.waitForSelector("#overlay-links .handle");
    const dropped = await drop(page);
    const expected = gateway.overlay.replace("/#", "/?layer-name=Tillbell%20main&layer-width=1920&layer-height=1080#");
    assert.equal(dropped, expected);
  });

  test("another overlay is made with one press, and dragged onto OBS in its own size", async () => {
    const page = await openSetup();
    await page.$eval("#extras-more", (details) => (details.open = true));
    await press(page, "#extras [data-kind=goal] .button");
    await page.waitForSelector("#extras [data-kind=goal] .handle");
    assert.match(await drop(page, "[data-kind=goal]"), /layer-name=Tillbell%20goal&layer-width=600&layer-height=120#k=/);
    await sees(page, "#extras-said", /Made/);
    assert.ok(await page.$eval("#extras [data-kind=goal]", (line) => line.contains(document.activeElement)), "the focus stays");
  });

  test("the webhook link is shown, and says when only this machine reaches it", async () => {
    const page = await openSetup({ steps: ["stripe"] });
    await sees(page, "#webhook-link", new RegExp(`${gateway.url}/webhooks/stripe/me`));
    await sees(page, "#webhook-note", /stripe listen --forward-to/);
  });

  test("a signing secret is added, and never shown again", async () => {
    const page = await openSetup({ steps: ["stripe"] });
    await sees(page, "#secrets", /No secret yet/);
    await page.type("#secret", "sk_live_not_a_signing_secret");
    await press(page, "#secret-form button");
    const refused = await sees(page, "#secret-result", /whsec_/);
    const { detail } = await refusal({ secret: "sk_live_not_a_signing_secret" });
    assert.equal(refused.toLowerCase(), `${detail}.`.toLowerCase(), "in the gateway's own words");
    await page.$eval("#secret", (field) => field.select());
    await page.type("#secret", GOOD_SECRET);
    await press(page, "#secret-form button");
    await sees(page, "#secrets", new RegExp(`^One secret, ending in …${GOOD_SECRET.slice(-4)}$`));
    await sees(page, "#step-stripe [data-state]", /waiting for the first event/);
    assert.deepEqual(await done(page), [], "a secret is no delivery");
    assert.ok(!(await html(page)).includes(GOOD_SECRET));
    assert.deepEqual(await page.$$eval("input", (fields) => fields.filter(({ type }) => type !== "radio").map(({ value }) => value).filter(Boolean)), []);
  });

  test("a secret of the configuration is one, too", async () => {
    const others = await People.gather(browser, { STRIPE_WEBHOOK_SECRET: GOOD_SECRET });
    const page = await others.signIn();
    await page.goto(`${others.gateway.url}/setup`);
    await sees(page, "#step-stripe [data-state]", /waiting for the first event/);
    await page.$eval("#step-stripe", (details) => (details.open = true));
    await sees(page, "#secrets", /^One secret from the gateway's configuration$/);
    await press(page, "#preflight-check");
    await sees(page, "#preflight", /Stripe Nothing received yet/);
    await others.part();
  });

  async function refusal(secret) {
    const problem = await gateway.api("POST", "/streamers/me/secrets", secret).catch(({ message }) => message);
    return JSON.parse(problem.slice(problem.indexOf("{")));
  }

  test("the page is accessible, with every part open, and fits a phone", async () => {
    const page = await openSetup({ steps: STEPS });
    await people.overlay(beObs);
    await ticked(page, "overlay");
    await press(page, "#ring");
    await page.waitForSelector("#heard:not([hidden])");
    await press(page, "#preflight-check");
    await sees(page, "#preflight", /Gateway/);
    await page.$$eval("details", (all) => all.forEach((details) => (details.open = true)));
    await accessibleInBothThemes(page);
    await picture(page, "open");
    await page.setViewport(PHONE);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    await picture(page, "phone");
  });
});
