// Every theme in every size with whatever buyers write: drawn by the page's own modules, kept as pictures, and measured.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { shadesOf } from "../../overlay/settings.js";
import { CASES, order } from "./support/alerts.js";
import { ENGINES, launch } from "./support/engines.js";
import { faultsOfBoxes, faultsOfColours } from "./support/measure.js";
import { draw, openStudio } from "./support/studio.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/themes/", import.meta.url));
const THEMES = readdirSync(new URL("../../overlay/themes/", import.meta.url)).map((name) => name.replace(".css", ""));
const SIZES = [{ width: 1920, height: 1080 }, { width: 800, height: 600 }, { width: 1080, height: 1920 }];
const PLACES = ["top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right"];
const ACCENTS = ["", "#3344dd", "#e5604d", "#111111", "#ffffff", "#7f7f7f", "#00ff00"];
const MAY_BE_CUT = ["long", "unbroken", "digest", "several", "many", "hostile"];
const SHOP = "mika’s shop";

rmSync(ARTEFACTS, { recursive: true, force: true });
mkdirSync(ARTEFACTS, { recursive: true });

const studio = await openStudio();
after(() => studio.end());

// The old engine takes long for a picture, so it draws those whose letters and layout are hardest.
const OLD = ["usual", "long", "unbroken", "arabic", "japanese", "digest"];

for (const engine of [ENGINES[0], ENGINES.at(-1)]) {
  describe(engine.name, () => {
    const old = engine === ENGINES[0];
    let browser;
    before(async () => {
      browser = await launch(engine);
    });
    after(() => browser?.close());

    async function eachPage(width_height, what) {
      const page = await studio.page(browser, width_height);
      try {
        await what(page);
        assert.deepEqual(page.complaints, []);
      } finally {
        await page.close();
      }
    }

    for (const size of SIZES) {
      const named = `${size.width}x${size.height}`;
      test(`in ${named} nothing is clipped, covered, too small or out of its place`, () => eachPage(size, async (page) => {
        const faults = [];
        for (const theme of THEMES) {
          for (const [name, alert] of Object.entries(CASES).filter(([name]) => !old || OLD.includes(name))) {
            await draw(page, alert, { theme, shop: SHOP });
            const found = await faultsOfBoxes(page, { whole: !MAY_BE_CUT.includes(name) });
            faults.push(...found.map((fault) => `${theme} ${name}: ${fault}`));
            await page.screenshot({ path: join(ARTEFACTS, `${engine.name}-${theme}-${named}-${name}.png`), omitBackground: true });
          }
        }
        assert.deepEqual(faults, []);
      }));
    }
  });
}
