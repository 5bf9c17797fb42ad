// Makes docs/alert.png for the README: a real alert of a signed sale, over a drawn game, as OBS would lay it.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ENGINES, launch } from "./support/engines.js";
import { Gateway } from "./support/gateway.js";
import { openOverlay, settledCard } from "./support/page.js";
import { openShop } from "./support/stripe.js";

const PICTURE = fileURLToPath(new URL("../../docs/alert.png", import.meta.url));
const SCENE = readFileSync(new URL("support/scene.svg", import.meta.url), "utf8");
const SIZE = { width: 1280, height: 720 };

const gateway = await Gateway.start();
const browser = await launch(ENGINES.at(-1));
try {
  const overlay = await openOverlay(browser, gateway.overlay, SIZE);
  await gateway.connected(1);
  const sell = await openShop(gateway);
  await sell({
    nickname: "mika", message: "greetings from the harbour, love the stream",
    product: "Hoodie", variant: "L", amount: 2599, currency: "eur",
  });
  await settledCard(overlay);
  const alert = await overlay.screenshot({ omitBackground: true, encoding: "base64" });
  const stream = await browser.newPage();
  await stream.setViewport(SIZE);
  await stream.setContent(`
    <style>body{margin:0}svg,img{position:fixed;inset:0;width:100vw;height:100vh}</style>
    ${SCENE}<img src="data:image/png;base64,${alert}">`);
  await stream.screenshot({ path: PICTURE });
} finally {
  await browser.close();
  await gateway.end();
}
