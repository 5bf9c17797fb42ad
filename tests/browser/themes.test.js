// Every theme in every size with whatever buyers write: drawn by the page's own modules, kept as pictures, and measured.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { shadesOf } from "../../overlay/settings.js";
import { CASES } from "./support/alerts.js";
import { ENGINES, launch } from "./support/engines.js";
import { faultsOfBoxes, faultsOfColours } from "./support/measure.js";
import { draw, openStudio } from "./support/studio.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/themes/", import.meta.url));
const THEMES = readdirSync(new URL("../../overlay/themes/", import.meta.url)).map((name) => name.replace(".css", ""));
const SIZES = [{ width: 1920, height: 1080 }, { width: 800, height: 600 }, { width: 1080, height: 1920 }];
const PLACES = ["top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right"];
const ACCENTS = ["", "#3344dd", "#111111", "#ffffff", "#7f7f7f"];
const MAY_BE_CUT = ["long", "unbroken", "digest", "several", "many", "hostile"];
const SHOP = "mika’s shop";

rmSync(ARTEFACTS, { recursive: true, force: true });
mkdirSync(ARTEFACTS, { recursive: true });

const studio = await openStudio();
after(() => studio.end());

// The old engine takes long, most of all for a picture: it draws what is hardest to lay out, and shows one.
const PICTURED = ["usual", "long", "several", "tip", "cyrillic", "arabic", "japanese", "emoji", "combo", "digest"];
const OLD = ["usual", "long", "unbroken", "arabic", "japanese", "digest"];

for (const engine of [ENGINES[0], ENGINES.at(-1)]) {
  describe(engine.name, () => {
    const old = engine === ENGINES[0];
    const cases = Object.entries(CASES).filter(([name]) => !old || OLD.includes(name));
    let browser;
    before(async () => {
      browser = await launch(engine);
    });
    after(() => browser?.close());

    async function onPage(size, what) {
      const page = await studio.page(browser, size);
      try {
        await what(page);
        assert.deepEqual(page.complaints, []);
      } finally {
        await page.close();
      }
    }

    // The faults of all that is drawn, each with what it was found in.
    async function gather(drawn, measure) {
      const faults = [];
      for (const one of drawn) faults.push(...(await measure(one)).map((fault) => `${one.join(" ")}: ${fault}`));
      return faults;
    }
    const pairs = (some, others) => some.flatMap((one) => others.map((other) => [one, other]));

    for (const size of SIZES) {
      const named = `${size.width}x${size.height}`;
      test(`in ${named} nothing is clipped, covered, too small or out of its place`, () => onPage(size, async (page) => {
        const faults = await gather(pairs(THEMES, cases.map(([name]) => name)), async ([theme, name]) => {
          await draw(page, CASES[name], { theme, shop: SHOP });
          if (old ? name === "usual" && size.width === 800 : PICTURED.includes(name)) await picture(page, `${engine.name}-${theme}-${named}-${name}.png`);
          return faultsOfBoxes(page, { whole: !MAY_BE_CUT.includes(name) });
        });
        assert.deepEqual(faults, []);
      }));
    }

    test("a card stands in each of the nine places", () => onPage(SIZES[0], async (page) => {
      const faults = await gather(pairs(THEMES, PLACES), async ([theme, position]) => {
        await draw(page, CASES.several, { theme, position, shop: SHOP });
        const box = await page.$eval(".plate", (plate) => plate.getBoundingClientRect().toJSON());
        const side = Math.sign(Math.round((box.left + box.right - SIZES[0].width) / 100));
        const height = Math.sign(Math.round((box.top + box.bottom - SIZES[0].height) / 100));
        const wanted = [PLACES.indexOf(position) % 3 - 1, Math.floor(PLACES.indexOf(position) / 3) - 1];
        if (theme === "drop") wanted.fill(0);
        if (theme === "lower-third") wanted[1] = 1;
        const found = await faultsOfBoxes(page);
        return `${[side, height]}` === `${wanted}` ? found : [...found, `it is at ${side}, ${height}`];
      });
      assert.deepEqual(faults, []);
    }));

    test("texts can be read over any game, with any accent", () => onPage(SIZES[0], async (page) => {
      const judge = await browser.newPage();
      const faults = await gather(pairs(THEMES, ACCENTS.slice(0, old ? 1 : ACCENTS.length)), async ([theme, accent]) => {
        await draw(page, { ...CASES.several, test: true }, { theme, accent, shop: SHOP });
        return faultsOfColours(page, judge);
      });
      await judge.close();
      assert.deepEqual(faults, []);
    }));

    test("only transform and opacity move, on three things at most, and with calm nothing does", () => onPage(SIZES[0], async (page) => {
      const faults = await gather(pairs(THEMES, ["coming", "leaving"]), async ([theme, way]) => {
        const found = [];
        for (const calm of [false, true]) {
          await draw(page, { ...CASES.usual, test: true }, { theme, calm, shop: SHOP });
          const moves = await page.$eval(".card", (card, leaving) => {
            card.classList.toggle("leaving", leaving);
            return document.getAnimations().map(({ effect }) => ({
              of: effect.target.className,
              what: effect.getKeyframes().flatMap((frame) => Object.keys(frame)).filter((key) => !["offset", "computedOffset", "easing", "composite"].includes(key)),
              end: effect.getComputedTiming().endTime,
              times: effect.getComputedTiming().iterations,
            }));
          }, way === "leaving");
          const may = calm ? ["opacity"] : ["opacity", "transform"];
          for (const { of, what, end, times } of moves) {
            for (const property of what) if (!may.includes(property)) found.push(`${property} of ${of} moves${calm ? " in calm" : ""}`);
            if (times !== 1) found.push(`${of} goes on and on`);
            if (end > 1_000 || (way === "leaving" && /card/.test(of) && end > 280)) found.push(`${of} moves for ${end} ms`);
          }
          if (moves.length > 3 || moves.length === 0) found.push(`${moves.length} things move`);
        }
        return found;
      });
      assert.deepEqual(faults, []);
    }));
  });
}

// The card and a little of what is around it.
async function picture(page, name) {
  const { x, y, width, height } = await page.$eval(".card", (card) => card.getBoundingClientRect().toJSON());
  const clip = { x: Math.max(0, x - 16), y: Math.max(0, y - 16), width: width + 32, height: height + 32 };
  await page.screenshot({ path: join(ARTEFACTS, name), omitBackground: true, optimizeForSpeed: true, clip });
}

describe("around the themes", () => {
  let browser, page;
  before(async () => {
    browser = await launch(ENGINES.at(-1));
    page = await studio.page(browser, SIZES[0]);
  });
  after(() => browser?.close());

  const worn = () => page.$eval(".card", (card) => card.dataset.theme);

  test("what is broken is found", async () => {
    const breaks = {
      ".words { overflow: hidden; width: 60px; flex: none }": /cut short/,
      ".plate { transform: translateX(-600px) }": /plate is outside/,
      ".message { font-size: 20px !important }": /is 20px, least 28px/,
      ".chip { bottom: 100px !important; right: 400px !important }": /chip covers/,
      ".deed { margin-top: -60px !important }": /lie upon each other/,
    };
    for (const [css, fault] of Object.entries(breaks)) {
      const sheet = await page.addStyleTag({ content: css });
      await draw(page, CASES.usual, { theme: "clean" });
      assert.match((await faultsOfBoxes(page, { whole: true })).join(), fault, css);
      await sheet.evaluate((broken) => broken.remove());
    }
    const judge = await browser.newPage();
    for (const [css, fault] of [[".deed { color: #777 !important }", /deed has contrast/], [".plate { opacity: 0.8 }", /plate of 7\d %/]]) {
      const sheet = await page.addStyleTag({ content: css });
      await draw(page, { ...CASES.usual, items: [] }, { theme: "clean" });
      assert.match((await faultsOfColours(page, judge)).join(), fault, css);
      await sheet.evaluate((broken) => broken.remove());
    }
  });

  test("any accent can be read, on a plate and under a text", () => {
    for (let at = 0; at < 4_096; at += 7) {
      const accent = `#${[at >> 8, (at >> 4) & 15, at & 15].map((part) => part.toString(16).repeat(2)).join("")}`;
      const shades = shadesOf(accent);
      const against = (one, other) => ratio(luminance(shades[one] ?? one), luminance(shades[other] ?? other));
      assert.ok(against("--chosen-ink", "--chosen") >= 4.5, accent);
      assert.ok(against("--chosen-pale", "#221a44") >= 4.5, accent);
      assert.ok(against("--chosen-deep", "#efe9da") >= 4.5, accent);
    }
  });

  test("a theme that is not there gives way to the usual one, and that to the page's own", async () => {
    await draw(page, CASES.usual, { theme: "neon", themes: ["neon", "gone"] }, { theme: "gone" });
    assert.equal(await worn(), "neon");
    await draw(page, CASES.usual, { theme: "gone" });
    assert.equal(await worn(), "clean");
    await draw(page, CASES.usual, { theme: "../../secret" });
    assert.equal(await worn(), "clean");
  });

  test("a rule's theme is loaded when it is asked for", async () => {
    await draw(page, CASES.usual, { theme: "clean" }, { theme: "toast" });
    assert.equal(await worn(), "toast");
  });

  test("a theme's font is there before it is drawn with", async () => {
    await page.close();
    page = await studio.page(browser, SIZES[0]);
    await draw(page, CASES.usual, { theme: "pixel" });
    assert.deepEqual(await page.evaluate(() => [...document.fonts].map(({ family, status }) => [family, status])), [["Tillbell Pixel", "loaded"]]);
  });

  test("a streamer's own theme stands on one of ours, and a new version takes its place", async () => {
    const sheet = (colour) => `data:text/css,[data-theme~="mine"]{--plate:${colour}}`;
    const plate = () => page.$eval(".plate", (plate) => getComputedStyle(plate).backgroundColor);
    for (const [name, colour] of [["red", "rgb(255, 0, 0)"], ["blue", "rgb(0, 0, 255)"]]) {
      await draw(page, CASES.usual, { theme: "mine", themes: ["mine"], sheets: { mine: { url: sheet(name), base: "pixel" } } });
      assert.equal(await worn(), "pixel mine");
      assert.equal(await plate(), colour);
    }
  });

  test("every theme of the gateway has its sheet", () => {
    const source = readFileSync(new URL("../../src/alert/look.rs", import.meta.url), "utf8");
    const [, list] = /BUILT_IN: \[&str; \d+\] =\s*\[([^\]]+)\]/.exec(source);
    assert.deepEqual(THEMES, list.match(/[a-z-]+/g).sort());
  });
});

// Relative luminance and contrast (WCAG 2.2), written again: the page's own reckoning is what is tested.
function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(a, b) {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
