// The live page of an evening, against the real gateway: what needs a person, and who may do what.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { accessibleInBothThemes } from "./support/axe.js";
import { launchCurrent, People, sees } from "./support/dashboard.js";

describe("live", () => {
  let browser, people, gateway;

  before(async () => {
    browser = await launchCurrent();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    people = await People.gather(browser);
    gateway = people.gateway;
    await gateway.api("PATCH", "/streamers/me", { duration: "3s" });
  });
  afterEach(() => people.part());

  test("the page and the sign-in are accessible", async () => {
    const page = await people.signIn();
    await sees(page, "#now-body", /No overlay connected/);
    await accessibleInBothThemes(page);
    await page.click("#sign-out");
    await page.waitForSelector("#sign-in", { visible: true });
    await accessibleInBothThemes(page);
  });

  test("streamer mode covers links at once, and asks before it uncovers them", async () => {
    const page = await people.signIn();
    await sees(page, "#webhook-link .link-text", /webhooks/);
    await page.click("#streamer-mode");
    assert.ok(await covered(page, "#webhook-link .link-text"));
    await page.reload();
    await page.waitForSelector("#webhook-link .link-text");
    assert.ok(await covered(page, "#webhook-link .link-text"), "remembered on this device");
    await page.click("#streamer-mode");
    await accessibleInBothThemes(page);
    await page.keyboard.press("Escape");
    assert.ok(await covered(page, "#webhook-link .link-text"));
    await page.click("#streamer-mode");
    await page.click(".ask .primary");
    await sees(page, "#webhook-link .link-text", /webhooks/);
  });

  const covered = (page, selector) =>
    page.$eval(selector, (element) => getComputedStyle(element).visibility === "hidden" && getComputedStyle(element).fontSize === "0px");
});
