// Makes the contact sheets of the themes: docs/pictures/themes.png for the docs, and one sheet a size, with every theme
// over every scene, in artefacts/.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CASES } from "./support/alerts.js";
import { ENGINES, launch } from "./support/engines.js";
import { SCENES } from "./support/scenes.js";
import { draw, openStudio } from "./support/studio.js";

const PICTURES = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));
const SIZES = [{ width: 1920, height: 1080 }, { width: 800, height: 600 }, { width: 1080, height: 1920 }];
// What each looks its best with, and where it is meant to stand; the place of two is their own.
const THEMES = {
  clean: { alert: "usual", scene: "evening" },
  light: { alert: "japanese", scene: "dark" },
  "lower-third": { alert: "long", scene: "light" },
  receipt: { alert: "several", scene: "evening", position: "top-right" },
  pixel: { alert: "short", scene: "dark" },
  neon: { alert: "combo", scene: "busy" },
  toast: { alert: "several", scene: "light", position: "bottom-left" },
  drop: { alert: "usual", scene: "evening" },
};

async function drawn(page, theme, alert, position) {
  await draw(page, CASES[alert], { theme, position, shop: "harbour goods" });
  return page.screenshot({ omitBackground: true, encoding: "base64" });
}

// A sheet of frames, {scene, card, label}, laid as OBS would have them.
async function sheet(browser, frames, { columns, width, height }, path) {
  const page = await browser.newPage();
  const rows = Math.ceil(frames.length / columns);
  await page.setViewport({ width: columns * (width + 8) + 8, height: rows * (height + 40) + 8 });
  const frame = ({ scene, card, label }) => `<figure><div>${SCENES[scene]}<img src="data:image/png;base64,${card}"></div>${label}</figure>`;
  await page.setContent(`<style>
    body { margin: 8px; display: grid; grid-template-columns: repeat(${columns}, ${width}px); gap: 8px; background: #16130f; color: #dcd5c9; font: 18px/32px system-ui, sans-serif }
    figure { margin: 0; height: ${height + 32}px } div { position: relative; width: ${width}px; height: ${height}px; overflow: hidden }
    svg, img { position: absolute; inset: 0; width: 100%; height: 100% } svg { object-fit: cover }
    </style>${frames.map(frame).join("").replaceAll("<svg ", '<svg preserveAspectRatio="xMidYMid slice" ')}`);
  await page.screenshot({ path });
  await page.close();
}

mkdirSync(PICTURES, { recursive: true });
mkdirSync(ARTEFACTS, { recursive: true });
const browser = await launch(ENGINES.at(-1));
const studio = await openStudio();
try {
  for (const size of SIZES) {
    const page = await studio.page(browser, size);
    const frames = [];
    const best = [];
    for (const [theme, { alert, scene, position }] of Object.entries(THEMES)) {
      const card = await drawn(page, theme, alert, position);
      best.push({ scene, card, label: theme });
      for (const behind of Object.keys(SCENES)) frames.push({ scene: behind, card, label: `${theme}, ${behind}` });
    }
    const width = size.width > size.height ? 480 : 240;
    const height = Math.round((width * size.height) / size.width);
    await sheet(browser, frames, { columns: 4, width, height }, join(ARTEFACTS, `sheet-${size.width}x${size.height}.png`));
    if (size === SIZES[0]) await sheet(browser, best, { columns: 2, width: 640, height: 360 }, join(PICTURES, "themes.png"));
  }
} finally {
  await browser.close();
  studio.end();
}
