// Setting up at Stripe by hand: the dashboard's button, and an invited streamer's way there and back.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ENGINES, launch } from "./support/engines.js";
import { startFakeStripe } from "./support/fake-stripe.js";
import { Gateway } from "./support/gateway.js";
import { openPage, press } from "./support/page.js";
import { until } from "./support/until.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 800 };

mkdirSync(ARTEFACTS, { recursive: true });

const picture = (page, name) => page.screenshot({ path: join(ARTEFACTS, `setup-${name}.png`), fullPage: true });
const says = (page, selector, pattern) =>
  until(`${selector} says ${pattern}`, async () => pattern.test(await page.$eval(selector, (element) => element.innerText)));

describe("setup at Stripe", () => {
  let browser, stripe, gateway;

  before(async () => {
    browser = await launch(ENGINES.find(({ name }) => name === "current"));
  });
  after(() => browser?.close());
  beforeEach(async () => {
    stripe = await startFakeStripe();
    gateway = await Gateway.start(stripe.env);
  });
  afterEach(async () => {
    await gateway.end();
    stripe.end();
  });

  // A person signs in, goes to the setup page and opens its third step.
  async function openStripeStep({ dashboard, url }) {
    const page = await openPage(browser, dashboard, DESK);
    await page.waitForSelector("#dashboard", { visible: true });
    await page.goto(`${url}/setup`);
    await page.waitForSelector("#step-stripe", { visible: true });
    await press(page, "#step-stripe > summary");
    return page;
  }

  test("one button makes the endpoint, and says so when it is pressed again", async () => {
    const page = await openStripeStep(gateway);
    await page.waitForSelector("#endpoint-make", { visible: true });
    await press(page, "#endpoint-make");
    await says(page, "#endpoint-result", /^Made, and its signing secret is kept/);
    await says(page, "#secrets", /One secret, ending in …/);
    await picture(page, "dashboard");
    await press(page, "#endpoint-make");
    await says(page, "#endpoint-result", /was there already, and has the right events/);
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  test("without an API key there is no such button", async () => {
    const plain = await Gateway.start();
    const page = await openStripeStep(plain);
    await says(page, "#secrets", /No secret yet/);
    assert.ok(await page.$eval("#endpoint", (element) => element.hidden));
    await page.close();
    await plain.end();
  });

  test("an invitation leads to Stripe and back, and a reload goes on", async () => {
    await gateway.api("POST", "/streamers", { id: "mika" });
    const { link } = await gateway.api("POST", "/streamers/mika/invitations");
    const page = await openPage(browser, link, PHONE);
    await page.waitForSelector("#next", { visible: true });
    assert.ok(!page.url().includes("#"), "the code has left the address bar");
    await picture(page, "invited");
    await page.reload();
    await says(page, "#title", /Not quite done/);
    await page.waitForSelector("#next", { visible: true });
    await Promise.all([page.waitForNavigation(), press(page, "#next")]);
    assert.ok(page.url().startsWith(stripe.url), page.url());
    await Promise.all([page.waitForNavigation(), press(page, "button")]);
    await says(page, "#title", /^Connected$/);
    await says(page, "#text", /ring for mika/);
    await picture(page, "connected");
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  test("half a link says what is missing", async () => {
    const page = await openPage(browser, `${gateway.url}/connect/`, PHONE);
    await says(page, "#title", /Open your invitation again/);
    await page.close();
    const wrong = await openPage(browser, `${gateway.url}/connect/#c=of_nobody`, PHONE);
    await says(wrong, "#text", /older than a week, or not whole/);
    await wrong.close();
  });
});
