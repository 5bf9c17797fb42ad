// Makes docs/pictures of the editors: look, rules and sales, each as an owner sees it after an evening's sales.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launchCurrent, People, sees } from "./support/dashboard.js";
import { press } from "./support/page.js";
import { openShop } from "./support/stripe.js";
import { until } from "./support/until.js";

const INTO = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const SIZE = { width: 1360, height: 900 };
const HOUR_S = 3600;
const NAMES = ["mika", "noor", "jo", "kai", "sam", "ines", "tomasz"];
const GOODS = [["Hoodie", 2599], ["Sticker", 300], ["Mug", 1400], ["Hoodie", 2599], ["Poster", 2000], ["Sticker", 900]];
const HOURS_AGO = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 19, 20, 20, 21];
const SETTINGS = {
  name: "mika", currency: "eur", theme: "clean",
  rules: [
    { name: "Record orders", when: { amount: { currency: "EUR", min: 5000 } }, then: { theme: "drop", sound: "double", duration: "10s", text: "{name} found the golden {item}" } },
    { name: "Stickers", when: { product: "sticker*" }, then: { theme: "toast" } },
    { name: "First order", when: { first_purchase: true }, then: { hold: true } },
  ],
};

mkdirSync(INTO, { recursive: true });

const browser = await launchCurrent();
const people = await People.gather(browser);
const { gateway } = people;
const picture = (page, name) => page.screenshot({ path: `${INTO}${name}.png` });

try {
  await gateway.api("PATCH", "/streamers/me", { name: "mika", currency: "eur", late_after: "30d", goal: { title: "New microphone", amount: { minor: 60_000, currency: "eur" } } });
  const sell = await openShop(gateway);
  for (const [at, hours] of HOURS_AGO.entries()) {
    const [product, amount] = GOODS[at % GOODS.length];
    await sell({ nickname: NAMES[at % NAMES.length], message: "", amount, currency: "eur", product, age: hours * HOUR_S });
  }
  await until("all are sold", async () => (await gateway.api("GET", "/streamers/me/board")).sold.orders === HOURS_AGO.length);
  await gateway.api("PATCH", "/streamers/me", SETTINGS);
  const page = await people.signIn({ size: SIZE });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);

  await page.goto(`${gateway.url}/look`);
  await page.waitForSelector("input[value='bottom-left']");
  await page.$eval("input[value='bottom-left']", (radio) => radio.click());
  const preview = page.frames().find((frame) => frame.url().includes("/overlay/preview.html"));
  await preview.waitForSelector("#stage .card");
  await picture(page, "look");
  await page.$eval("#save-bar .button:nth-child(2)", (discard) => discard.click());

  await page.goto(`${gateway.url}/rules`);
  await sees(page, "#verdict", /decides/);
  await press(page, ".rule:nth-child(1) .rule-open");
  await picture(page, "rules");

  await page.goto(`${gateway.url}/sales`);
  await sees(page, "#goal", /%/);
  await picture(page, "sales");
} finally {
  await people.part();
  await browser.close();
}
