// Makes docs/pictures/dashboard.png: the live page in the middle of an evening, every sale signed and sent as Stripe would.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launchCurrent, People, sees } from "./support/dashboard.js";
import { beObs, obsSays } from "./support/obs.js";
import { openShop } from "./support/stripe.js";
import { until } from "./support/until.js";

const PICTURES = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const SIZE = { width: 1440, height: 900 };
const HOUR_S = 3600;

const GOODS = [
  { product: "Hoodie", variant: "L", amount: 2599 }, { product: "Sticker", amount: 900 }, { product: "Mug", amount: 1400 },
  { product: "Poster", amount: 2000 }, { product: "Cap", variant: "black", amount: 1900 },
];
const NAMES = ["mika", "nova", "kai", "rio", "ann", "lou", "夜桜ミカ", "ليلى", "sam", "zed", "pat"];
const WORDS = ["greetings from the harbour, love the stream", "", "", "for the new mic", ""];

const sale = (n) => ({ ...GOODS[n % 5], nickname: NAMES[n % NAMES.length], message: WORDS[n % 5], currency: "eur" });

const browser = await launchCurrent();
const people = await People.gather(browser);
try {
  const { gateway } = people;
  const set = (settings) => gateway.api("PATCH", "/streamers/me", settings);
  const queue = () => gateway.api("GET", "/streamers/me/queue");
  await set({ name: "mika", duration: "3s", moderation: { hold: ["discord"] }, goal: { title: "New mic", amount: { minor: 90_000, currency: "EUR" } } });
  const page = await people.signIn({ size: SIZE });
  await page.evaluate(() => localStorage.setItem("tillbell.streamer-mode", "off"));
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  const sell = await openShop(gateway);

  // The hours before, already over; then two that came while OBS was closed.
  await set({ late_after: "1d" });
  for (let n = 0; n < 24; n++) await sell({ ...sale(n), age: Math.round(((n * 7) % 24) / 24 * 4.5 * HOUR_S + 0.3 * HOUR_S) });
  await until("they wait", async () => (await queue()).length === 24);
  await gateway.api("POST", "/streamers/me/queue/clear");
  await set({ late_after: "10m" });
  for (const n of [7, 3]) await sell({ ...sale(n), age: 900 });

  const obs = (overlay) => beObs(overlay, { streaming: true, recording: false });
  const overlay = await people.overlay(obs);
  await obsSays(overlay, "obsSourceActiveChanged", { active: true });
  for (let n = 0; n < 5; n++) await sell(sale(n));
  await until("they were shown", async () => (await gateway.api("GET", "/streamers/me/alerts?state=shown")).data.length === 5);
  await set({ duration: "30s" });
  await sell(sale(5));
  await until("one plays", async () => (await queue()).playing?.started);
  await sell({ ...sale(9), message: "come to my discord, free hoodies on friday" });
  for (const n of [6, 8, 10, 1]) await sell(sale(n));
  await sees(page, "#next-count", /^4$/);
  await sees(page, "#held", /discord/);
  await sees(page, "#tonight-board", /orders/);
  // As far as the play takes to look like one.
  await until("it is under way", () => page.$eval("#progress", (bar) => bar.getAnimations()[0]?.currentTime > 9_000));
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}dashboard.png` });
} finally {
  await people.part();
  await browser.close();
}
