// The designer in a current browser: what is tried there, and what comes of it on stream.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { accessibleInBothThemes } from "./support/axe.js";
import { launchCurrent, People, PHONE, sees } from "./support/dashboard.js";
import { card, openPage, press } from "./support/page.js";
import { until } from "./support/until.js";
import { pack } from "./support/zip.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));
const EXAMPLE = fileURLToPath(new URL("../../examples/theme/", import.meta.url));
const WIDE = { width: 1360, height: 900 };

mkdirSync(ARTEFACTS, { recursive: true });

describe("the designer", () => {
  let browser, people, gateway;

  before(async () => {
    browser = await launchCurrent();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    people = await People.gather(browser);
    ({ gateway } = people);
  });
  afterEach(() => people.part());

  async function designer(role = null, size = WIDE) {
    const page = await people.signIn({ role, size });
    await page.goto(`${gateway.url}/look`);
    await page.waitForSelector("input[value=pixel]");
    await drawn(page, "[data-theme]");
    return page;
  }

  const preview = (page) => page.frames().find((frame) => frame.url().includes("/overlay/preview.html"));
  const drawn = (page, which) => until(`the preview draws ${which}`, () => preview(page)?.$(`#stage .card${which}`));
  // As a person does: the radio lies over its picture.
  const choose = (page, value) => page.$eval(`input[type=radio][value="${value}"]`, (radio) => radio.click());
  const chosen = (page, value) => page.$eval(`input[type=radio][value="${value}"]`, (radio) => radio.checked);
  const settings = () => gateway.api("GET", "/streamers/me");
  const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

  test("what is saved is on every overlay at once, and not before", async () => {
    const overlay = await people.overlay();
    const page = await designer();
    await choose(page, "neon");
    await choose(page, "bottom-left");
    await drawn(page, "[data-theme=neon]");
    await sees(page, "#save-said", /2 changes not saved: theme and place/);
    assert.equal((await settings()).theme, "clean", "trying changes nothing");
    await press(page, "#save");
    await sees(page, "#save-said", /^✓ Saved|^Saved/);
    await overlay.waitForFunction(() => document.documentElement.dataset.position === "bottom-left");
    await gateway.testAlert({ name: "mika" });
    await card(overlay);
    assert.equal(await overlay.$eval(".card", ({ dataset }) => dataset.theme), "neon");
  });

  test("the preview is the overlay's own card, of every sample", async () => {
    const page = await designer();
    const samples = await page.$$eval("#sample input[type=radio]", (radios) => radios.map(({ value }) => value));
    assert.ok(samples.includes("arabic") && samples.includes("combo"));
    for (const sample of samples.filter((value) => !/^\d|dark|light|busy|moving/.test(value))) {
      await choose(page, sample);
      const kind = { combo: ".combo", digest: ".digest", tip: ".tip", subscription: ".subscription" }[sample] ?? ".sale";
      await drawn(page, kind);
    }
    await drawn(page, ":has(.tab)");
    await choose(page, "long");
    await drawn(page, ":has(.message)");
    assert.match(await preview(page).$eval(".message", ({ textContent }) => textContent), /first stream/);
    await page.screenshot({ path: `${ARTEFACTS}look.png` });
  });

  test("a step is taken back, and all of them are", async () => {
    const page = await designer();
    await choose(page, "pixel");
    await choose(page, "tap");
    await page.keyboard.down("Control");
    await page.keyboard.press("z");
    await page.keyboard.up("Control");
    await sees(page, "#save-said", /1 change not saved: theme/);
    assert.ok(await chosen(page, "auto"));
    await page.$eval(".save-actions .button:nth-child(2)", (discard) => discard.click());
    assert.ok(await chosen(page, "clean"));
    await sees(page, "#save-said", /Discarded/);
    await page.$eval(".save-actions .button:nth-child(1)", (undo) => undo.click());
    assert.ok(await chosen(page, "pixel"), "that too is taken back");
  });

  test("what another device changes is seen here, and what both changed is said", async () => {
    const page = await designer();
    await choose(page, "pixel");
    await gateway.api("PATCH", "/streamers/me", { position: "left" });
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await until("the place is theirs", () => chosen(page, "left"));
    assert.ok(await chosen(page, "pixel"), "the theme is still ours");
    await gateway.api("PATCH", "/streamers/me", { theme: "drop" });
    await press(page, "#save");
    await sees(page, "#save-said", /Also changed elsewhere: theme/);
    assert.equal((await settings()).theme, "drop", "nobody's choice is lost unseen");
    await press(page, "#save");
    await until("ours is saved", async () => (await settings()).theme === "pixel");
  });

  test("a sound is heard where it is chosen", async () => {
    const page = await designer();
    await choose(page, "double");
    await press(page, "#listen");
    await sees(page, ".listen .result", /Playing/);
    await choose(page, "none");
    await press(page, "#listen");
    await sees(page, ".listen .result", /Silent, as you chose/);
  });

  // obs.md §2.6: premultiplied sRGB, decoded and blended in linear light.
  test("plates shine through as in OBS", async () => {
    const page = await openPage(await people.someone(), `${gateway.url}/overlay/preview.html`, { width: 200, height: 200 });
    const judge = await browser.newPage();
    const linear = (level) => (level <= 10.31 ? level / 3294.6 : ((level / 255 + 0.055) / 1.055) ** 2.4);
    const encoded = (light) => 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
    const plates = [[22, 0.96], [22, 0.94], [22, 1], [240, 0.96]].flatMap((plate) => [0, 128, 200, 255].map((under) => [...plate, under]));
    for (const [colour, alpha, under] of plates) {
      await page.evaluate((plate, game) => {
        document.documentElement.dataset.blend = "obs";
        document.getElementById("scene").style.background = game;
        const card = document.createElement("div");
        card.style.cssText = `position: fixed; inset: 0; background: ${plate}`;
        document.getElementById("stage").replaceChildren(card);
      }, `rgb(${colour} ${colour} ${colour} / ${alpha})`, `rgb(${under} ${under} ${under})`);
      const shot = await page.screenshot({ encoding: "base64" });
      const level = await judge.evaluate(async (data) => {
        const image = new Image();
        image.src = `data:image/png;base64,${data}`;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
        canvas.drawImage(image, 0, 0);
        return canvas.getImageData(100, 100, 1, 1).data[0];
      }, shot);
      const wanted = encoded(linear(colour * alpha) + (1 - alpha) * linear(under));
      assert.ok(Math.abs(level - wanted) <= 10, `${colour} at ${alpha} over ${under}: ${level}, OBS shows ${wanted}`);
    }
    await judge.close();
    await page.close();
  });

  test("a theme of one's own is looked through, tried, worn, and not removed while it is", async () => {
    const page = await designer();
    const bring = async (zip) => (await page.$("#theme-file")).uploadFile(zip);
    await bring(fileURLToPath(import.meta.url));
    await sees(page, "#theme-said", /^Refused: 1 thing to put right/);
    await sees(page, "#findings", /Refused.*zip/i);
    const zip = `${ARTEFACTS}corner-shop.zip`;
    pack(EXAMPLE, zip);
    await bring(zip);
    await sees(page, "#theme-said", /Corner Shop is here/);
    await page.waitForSelector("input[value=corner-shop]");
    await choose(page, "corner-shop");
    await drawn(page, "[data-theme~=corner-shop]");
    await press(page, "#save");
    await sees(page, "#save-said", /Saved/);
    await page.screenshot({ path: `${ARTEFACTS}look-own.png`, fullPage: true });
    await press(page, "[aria-label='Remove corner-shop']");
    await press(page, ".ask .primary");
    await sees(page, "#theme-said", /asks for this theme/);
    assert.equal((await gateway.api("GET", "/streamers/me/themes")).data.length, 1);
  });

  test("a moderator does not see it", async () => {
    const page = await people.signIn({ role: "moderator" });
    await page.goto(`${gateway.url}/look`);
    await sees(page, "#main", /Only owners see this page/);
  });

  test("it can be read and used by everybody, also on a phone", async () => {
    const page = await designer();
    await choose(page, "light");
    await accessibleInBothThemes(page);
    await page.setViewport(PHONE);
    assert.ok(await fits(page));
    await page.screenshot({ path: `${ARTEFACTS}look-phone.png` });
  });
});
