// What a viewer sees of an overlay page, and what its log would tell.

const NOISE = /WebSocket connection to|Failed to load resource/; // the browser's own lines while the gateway is away

/** Opens a page and collects what it writes to the console. `before(page)` runs before it is loaded. */
export async function openPage(browser, url, { width, height }, before = async () => {}) {
  const page = await browser.newPage();
  page.complaints = [];
  page.lines = [];
  page.on("console", (line) => {
    page.lines.push(line.text());
    if (["error", "warning", "warn"].includes(line.type()) && !NOISE.test(line.text())) page.complaints.push(line.text());
  });
  page.on("pageerror", (error) => page.complaints.push(error.message));
  await page.setViewport({ width, height });
  await before(page);
  await page.goto(url);
  return page;
}

/** Opens the overlay in a canvas of OBS. */
export const openOverlay = (browser, url, size = { width: 1920, height: 1080 }, before = undefined) =>
  openPage(browser, url, size, before);

/**
 * Clicks as a person does: what can be seen, once it stands still. What is clicked at once is missed now and then, while
 * the page still fills above it.
 */
export const press = (page, selector) => page.locator(selector).setVisibility("visible").click();

/** The card on the stage, as text; waits for it. */
export async function card(page) {
  await page.waitForSelector("#stage .card", { timeout: 30_000 });
  return page.$eval("#stage .card", (shown) => {
    const text = (selector) => shown.querySelector(selector)?.textContent ?? null;
    return {
      name: text(".name"),
      deed: text(".deed"),
      message: text(".message"),
      amount: text(".chip"),
      tab: text(".tab"),
      elements: [...shown.querySelectorAll("*")].map(({ tagName }) => tagName.toLowerCase()),
    };
  });
}

/** Waits until nothing is on the stage. By mutation, because a page in the background has no animation frames. */
export const stageEmpty = (page) =>
  page.waitForFunction(() => !document.querySelector("#stage").hasChildNodes(), { polling: "mutation", timeout: 30_000 });

/** The card, once it stands still. */
export async function settledCard(page) {
  const shown = await card(page);
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
  return shown;
}

/** How many pixels of the page as OBS would take it are not fully transparent. */
export async function paintedPixels(page) {
  const picture = await page.screenshot({ omitBackground: true, encoding: "base64" });
  const judge = await page.browser().newPage();
  try {
    return await judge.evaluate(async (data) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
      canvas.drawImage(image, 0, 0);
      const { data: bytes } = canvas.getImageData(0, 0, image.width, image.height);
      return bytes.filter((byte, at) => at % 4 === 3 && byte > 0).length;
    }, picture);
  } finally {
    await judge.close();
  }
}
