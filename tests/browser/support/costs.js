// What the overlay costs: each function measures one thing of a page or a load.

import { gzipSync } from "node:zlib";
import { card, openOverlay, stageEmpty } from "./page.js";
import { renderers } from "./renderers.js";
import { count, record } from "./trace.js";

const SHELL = /^(text\/html|text\/css|text\/javascript|application\/javascript)/;

/** The themes that come with the gateway. */
export const THEMES = ["clean", "light", "lower-third", "receipt", "pixel", "neon", "toast", "drop"];
/** What an engine gets so that it draws without a graphics card, as OBS does where it has none to use. */
export const SOFTWARE = ["--disable-gpu", "--disable-gpu-compositing"];

// Opens the overlay in a browser that has never seen it; `before(page)` runs first, `seen(page)` tells what matters.
async function fresh(browser, url, seen, before) {
  const context = await browser.createBrowserContext();
  try {
    return await seen(await openOverlay(context, url, undefined, before));
  } finally {
    await context.close();
  }
}

/**
 * The HTML, CSS and JS that a page loads until it is `ready()`: `{files: [{path, gzipped}], hosts}`, with the hosts of all
 * its requests. The gateway does not compress; what gzip would make of each file is what is counted.
 */
export function firstLoad(browser, url, ready) {
  const answers = [];
  const collect = (page) => page.on("response", (answer) => answers.push(answer));
  return fresh(browser, url, async () => {
    await ready();
    const hosts = new Set(answers.map((answer) => new URL(answer.url()).host));
    const shell = answers.filter((answer) => SHELL.test(answer.headers()["content-type"] ?? ""));
    const files = await Promise.all(shell.map(async (answer) => ({
      path: new URL(answer.url()).pathname, gzipped: gzipSync(await answer.buffer(), { level: 9 }).length,
    })));
    return { files, hosts: [...hosts] };
  }, collect);
}

/**
 * Milliseconds from the start of a load until the gateway has welcomed the page, and until the first alert, which waits
 * already, is on the screen.
 */
export function firstCard(browser, url) {
  const watch = (page) => page.evaluateOnNewDocument(noteFirsts);
  return fresh(browser, url, async (page) => {
    await page.waitForFunction("window.firsts.painted", { polling: 20 });
    return page.evaluate("window.firsts");
  }, watch);
}

// Runs before the page's own scripts.
function noteFirsts() {
  window.firsts = {};
  const note = (what) => (window.firsts[what] ??= performance.now());
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => data.includes('"welcome"') && note("welcomed"));
    }
  };
  new MutationObserver(() => {
    // The frame with the card has been made when a task of after it runs.
    if (document.querySelector(".card")) requestAnimationFrame(() => setTimeout(note, 0, "painted"));
  }).observe(document, { childList: true, subtree: true });
}

/** What a page does while nothing plays, for so long. */
export async function idle(page, ms) {
  const before = renderers(page.browser()).cpuMs;
  const events = await record(page, () => new Promise((resolve) => setTimeout(resolve, ms)));
  return {
    timers: count(events, "TimerFire"),
    frames: count(events, "FireAnimationFrame", "DrawFrame"),
    paints: count(events, "Paint", "Layout", "UpdateLayoutTree"),
    nodes: await page.$eval("#stage", (stage) => stage.childNodes.length),
    animations: await page.evaluate(() => document.getAnimations().length),
    /** Percent of one core. */
    cpu: ((renderers(page.browser()).cpuMs - before) / ms) * 100,
  };
}

/** One alert, which `order()` brings, from nothing to nothing: its trace, what was animated, the most layers of its own. */
export async function play(page, order) {
  const devtools = await page.createCDPSession();
  let layers = 0;
  devtools.on("LayerTree.layerTreeDidChange", ({ layers: now = [] }) => {
    layers = Math.max(layers, now.filter(({ drawsContent, width, height }) => drawsContent && width * height > 0).length - 1);
  });
  await devtools.send("DOM.enable");
  await devtools.send("LayerTree.enable");
  await page.evaluate(noteAnimations);
  const events = await record(page, async () => {
    await order();
    await card(page);
    await stageEmpty(page);
  });
  await devtools.detach();
  return { events, layers, properties: await page.evaluate(() => [...window.animated].sort()) };
}

// Runs in the page: collects the properties that are animated, by CSS animations, transitions or scripts.
function noteAnimations() {
  if (window.animated) return;
  window.animated = new Set();
  const ours = new Set(["offset", "computedOffset", "easing", "composite"]);
  const note = () => {
    for (const { effect } of document.getAnimations()) {
      for (const frame of effect.getKeyframes()) for (const name of Object.keys(frame)) if (!ours.has(name)) window.animated.add(name);
    }
  };
  for (const event of ["animationstart", "transitionrun"]) addEventListener(event, note, true);
}
