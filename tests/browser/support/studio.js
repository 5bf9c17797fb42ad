// The overlay's page without a gateway: its files from disk, and cards drawn by its own modules.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { openPage } from "./page.js";

const ROOTS = { overlay: new URL("../../../overlay/", import.meta.url), support: new URL("./", import.meta.url) };
const KINDS = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff": "font/woff" };

/** Serves the overlay's files, and those beside this one as `/support/`. */
export async function openStudio() {
  const server = createServer(async ({ url }, answer) => {
    const [root, ...rest] = normalize(new URL(url, "http://studio").pathname).split("/").slice(1);
    const name = rest.join("/") || "index.html";
    try {
      const body = await readFile(join(fileURLToPath(ROOTS[root]), name));
      answer.writeHead(200, { "content-type": KINDS[extname(name)] ?? "application/octet-stream" }).end(body);
    } catch {
      answer.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  server.unref(); // it keeps no test from ending
  const url = `http://127.0.0.1:${server.address().port}/overlay/`;
  return {
    url,
    /** A page of that size, with nothing on its stage. */
    async page(browser, size) {
      const page = await openPage(browser, url, size);
      await page.evaluate(async () => {
        const { createStage } = await import("./stage.js");
        const { loadPicture } = await import("./card.js");
        Object.assign(window, { stage: createStage(document.getElementById("stage")), loadPicture });
      });
      return page;
    },
    end: () => server.close(),
  };
}

/** Draws the alert as the settings say, standing still; what was drawn before goes. */
export const draw = (page, alert, settings = {}, look = undefined) =>
  page.evaluate(async (alert, settings, look) => {
    const { stage, loadPicture } = window;
    await stage.dress(settings);
    await stage.ready({ look });
    stage.show({ alert, look, duration_ms: 3_600_000 }, await loadPicture(alert));
    for (const animation of document.getAnimations()) animation.finish();
  }, alert, settings, look);
