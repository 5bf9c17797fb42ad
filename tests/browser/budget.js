// What the overlay may cost and what it does cost, in the engines OBS ships: `npm run budget`. Ends with 1 if it costs more.
// It takes about five minutes. On a busy machine times and frame rates come out worse; what is counted does not.

import { ENGINES, launch } from "./support/engines.js";
import { held, openEndless, playMany } from "./support/endless.js";
import { Gateway } from "./support/gateway.js";
import { SOFTWARE, THEMES, firstCard, firstLoad, idle, play } from "./support/costs.js";
import { openOverlay } from "./support/page.js";
import { renderers } from "./support/renderers.js";
import { openShop } from "./support/stripe.js";
import { count, frameRates, paintedFrames } from "./support/trace.js";

const LOADS = 7;
const IDLE_MS = 10_000;
const ALERTS = 1_000;
const WARM_UP = 200; // alerts until caches and compiled code have what they will have
const AT_ONCE = 100; // alerts in one call to the browser, which gives up on a call after three minutes
const ORDER = { nickname: "mika", message: "love the stream", product: "Hoodie", variant: "L", amount: 2599, currency: "eur" };

// Of each: what it is, the most (or least) it may be, and how it is written.
const LIMITS = {
  shell: ["HTML, CSS and JS of a first load, gzipped", { most: 25 }, kb],
  welcomed: [`ready for alerts after a load (best of ${LOADS})`, { most: 150 }, ms],
  painted: ["a waiting alert on the screen after a load (best of them)", { most: 300 }, ms], // with its sound decoded
  timers: [`idle for ${IDLE_MS / 1_000} s: timers that ring`, { most: 0 }, String],
  frames: ["idle: frames", { most: 0 }, String],
  paints: ["idle: styles, layouts and paints", { most: 0 }, String],
  nodes: ["idle: nodes on the stage", { most: 0 }, String],
  animations: ["idle: animations", { most: 0 }, String],
  cpu: ["idle: CPU of the renderer", { most: 1 }, (percent) => `${percent.toFixed(1)} %`],
  moved: ["playing: properties animated, but opacity and transform", { most: 0 }, String],
  layouts: ["playing: layouts of an alert (worst theme)", { most: 6 }, String],
  painting: ["playing: frames painted anew for an alert (worst theme)", { most: 12 }, String],
  layers: ["playing: layers of an alert (worst theme)", { most: 3 }, String],
  rate: ["playing: frames a second without a graphics card (median)", { least: 55 }, (rate) => rate.toFixed(0)],
  heap: [`heap grown over ${ALERTS} alerts`, { most: 512 }, kb], // V8's own tables and code: one leaked card each were 2 MB
  grown: ["nodes and listeners grown over them", { most: 200 }, String], // cards that wait for their collector
  memory: ["memory of the renderer grown over them", { most: 16 }, (mb) => `${mb.toFixed(1)} MB`],
};

function kb(size) {
  return `${size.toFixed(1)} KB`;
}

function ms(time) {
  return `${time.toFixed(0)} ms`;
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function loads(browser, gateway) {
  const connected = (number) => gateway.connected(number);
  const { files } = await firstLoad(browser, gateway.overlay, () => connected(1));
  const firsts = [];
  for (let load = 0; load < LOADS; load += 1) {
    await connected(0);
    await gateway.testAlert();
    firsts.push(await firstCard(browser, gateway.overlay));
    await connected(0);
    await gateway.api("POST", "/streamers/me/queue/skip", {});
  }
  return {
    shell: files.reduce((sum, { gzipped }) => sum + gzipped, 0) / 1_024,
    welcomed: Math.min(...firsts.map(({ welcomed }) => welcomed)),
    painted: Math.min(...firsts.map(({ painted }) => painted)),
  };
}

async function plays(page, gateway, sell) {
  const played = [];
  for (const theme of THEMES) {
    await gateway.api("PATCH", "/streamers/me", { theme });
    played.push(await play(page, () => sell(ORDER)));
  }
  const worst = (of) => Math.max(...played.map(of));
  return {
    moved: worst(({ properties }) => properties.filter((name) => !["opacity", "transform"].includes(name)).length),
    layouts: worst(({ events }) => count(events, "Layout")),
    painting: worst(({ events }) => paintedFrames(events)),
    layers: worst(({ layers }) => layers),
    rate: median(played.flatMap(({ events }) => frameRates(events))),
  };
}

async function thousand(browser, url) {
  const page = await openEndless(browser, url);
  const reached = async (alerts) => {
    for (let played = 0; played < alerts; played += AT_ONCE) await playMany(page, AT_ONCE);
    return { ...(await held(page)), ...renderers(browser) };
  };
  const before = await reached(WARM_UP);
  const after = await reached(ALERTS);
  await page.close();
  return {
    heap: (after.heap - before.heap) / 1_024,
    grown: after.nodes - before.nodes + after.listeners - before.listeners,
    memory: (after.bytes - before.bytes) / 2 ** 20,
  };
}

async function measure(engine, gateway, sell) {
  const browser = await launch({ ...engine, args: SOFTWARE });
  try {
    const first = await loads(browser, gateway);
    const page = await openOverlay(browser, gateway.overlay);
    await gateway.connected(1);
    const played = await plays(page, gateway, sell);
    const idled = await idle(page, IDLE_MS);
    await page.close();
    return { ...first, ...idled, ...played, ...(await thousand(browser, gateway.overlay)) };
  } finally {
    await browser.close();
    await gateway.connected(0);
  }
}

function print(engines, measured) {
  const rows = Object.entries(LIMITS).map(([key, [what, { most, least }, write]]) => {
    const fits = measured.map(({ [key]: value }) => (most === undefined ? value >= least : value <= most));
    const limit = most === undefined ? `≥ ${write(least)}` : `≤ ${write(most)}`;
    return [what, limit, ...measured.map(({ [key]: value }) => write(value)), fits.every(Boolean) ? "ok" : "TOO MUCH"];
  });
  const table = [["", "limit", ...engines.map(({ name }) => name), ""], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const [what, ...cells] of table) {
    const aligned = cells.map((cell, column) => cell.padStart(widths[column + 1]));
    console.log(`  ${[what.padEnd(widths[0]), ...aligned].join("  ")}`.trimEnd());
  }
  return rows.every((row) => row.at(-1) === "ok");
}

const engines = ENGINES.filter(({ name }) => name !== "current");
const gateway = await Gateway.start();
try {
  await gateway.api("PATCH", "/streamers/me", { duration: "3s" });
  const sell = await openShop(gateway);
  const measured = [];
  for (const engine of engines) measured.push(await measure(engine, gateway, sell));
  if (!print(engines, measured)) process.exitCode = 1;
} finally {
  await gateway.end();
}
