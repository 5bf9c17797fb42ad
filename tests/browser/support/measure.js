// What is wrong with a card as it is drawn, found by measuring it: boxes in the page, colours in its picture.

const TEXTS = ".shop, .name, .deed, .headline, .line, .message, .chip, .tab";
const SAFE = { plate: 0.035, text: 0.05 }; // of each side (EBU R 95)
const TEXT_LEAST = 28; // units of a 1080p canvas, obs.md §6.2
const SMALL = 40; // below that a text needs the higher contrast
const CONTRAST = { small: 7, large: 4.5 };
const OPAQUE_LEAST = 0.9;

/** Faults of the card's boxes, as sentences; `whole` says that no text may be cut short. */
export const faultsOfBoxes = (page, { whole = false, unit = undefined } = {}) => page.evaluate(measure, { TEXTS, SAFE, TEXT_LEAST, whole, unit });

// Runs in the page.
function measure({ TEXTS, SAFE, TEXT_LEAST, whole, unit }) {
  const faults = [];
  const card = document.querySelector(".card");
  const { innerWidth: width, innerHeight: height } = window;
  const within = (inner, outer, slack) =>
    inner.left >= outer.left - slack && inner.top >= outer.top - slack && inner.right <= outer.right + slack && inner.bottom <= outer.bottom + slack;
  const area = (share) => ({ left: width * share, top: height * share, right: width * (1 - share), bottom: height * (1 - share) });
  const shown = (part) => part.getClientRects().length > 0;
  // Where its letters are, not where its box is; without the air above and below that fonts ask for.
  const letters = (part) => {
    const range = document.createRange();
    range.selectNodeContents(part);
    const box = part.getBoundingClientRect();
    return [...range.getClientRects()].filter((rect) => rect.width > 0).map((rect) => {
      const air = rect.height * 0.2;
      return {
        left: Math.max(rect.left, box.left), right: Math.min(rect.right, box.right),
        top: Math.max(rect.top + air, box.top), bottom: Math.min(rect.bottom - air, box.bottom),
      };
    }).filter((rect) => rect.top < rect.bottom && rect.left < rect.right);
  };
  const plates = [...card.querySelectorAll(".plate, .chip, .tab")].filter(shown);
  const covers = card.querySelector(".plate").getBoundingClientRect().width >= width;
  for (const plate of plates) {
    const box = plate.getBoundingClientRect();
    if (!covers && !within(box, area(SAFE.plate), 1)) faults.push(`${plate.className} is outside its ${SAFE.plate}`);
  }
  const texts = [...card.querySelectorAll(TEXTS)].filter((part) => shown(part) && part.textContent.trim());
  const least = unit ?? (TEXT_LEAST * Math.min(height, width)) / 1080;
  for (const text of texts) {
    const name = text.className;
    const plate = (text.closest(".chip, .tab") ?? text.closest(".plate")).getBoundingClientRect();
    for (const rect of letters(text)) {
      if (!within(rect, area(SAFE.text), 1)) faults.push(`${name} is outside its ${SAFE.text}`);
      if (!within(rect, plate, 1)) faults.push(`${name} is outside its plate`);
    }
    const size = parseFloat(getComputedStyle(text).fontSize);
    if (size < least - 0.1) faults.push(`${name} is ${size}px, least ${least}px`);
    const cut = [text, ...text.querySelectorAll("*")].filter((part) => part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1);
    const clamped = text.scrollHeight > text.clientHeight + 2;
    for (const part of cut) {
      const { textOverflow, overflowX } = getComputedStyle(part);
      if (overflowX !== "hidden") faults.push(`${part.className} runs over`);
      else if (textOverflow !== "ellipsis" && !part.matches(".message, .headline")) faults.push(`${part.className} is clipped without a sign`);
      else if (whole) faults.push(`${part.className} is cut short`);
    }
    if (clamped && (whole || !text.matches(".message, .headline"))) faults.push(`${name} is cut off below`);
  }
  // No two texts may lie upon each other.
  const boxes = texts.flatMap((text) => letters(text).map((rect) => [text, rect]));
  for (const [at, [one, a]] of boxes.entries()) {
    for (const [other, b] of boxes.slice(at + 1)) {
      if (one === other || one.contains(other)) continue;
      const overlap = Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
      if (overlap) faults.push(`${one.className} and ${other.className} lie upon each other`);
    }
  }
  // Nor may a price or a tab cover what is written.
  for (const cover of card.querySelectorAll(".chip, .tab")) {
    const a = cover.getBoundingClientRect();
    for (const [text, b] of boxes) {
      if (text === cover) continue;
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1) faults.push(`${cover.className} covers ${text.className}`);
    }
  }
  return [...new Set(faults)];
}

/** Faults of the card's colours. The picture is laid over black and white as OBS does it, in linear light. */
export async function faultsOfColours(page, judge) {
  const texts = await page.evaluate((TEXTS) => {
    const unit = innerHeight / 1080;
    return [...document.querySelectorAll(TEXTS)].flatMap((text) => {
      const deepest = text.querySelector("bdi, span") ?? text;
      const range = document.createRange();
      range.selectNodeContents(deepest);
      const [rect] = [...range.getClientRects()].filter(({ width }) => width > 4);
      if (!rect) return [];
      const { color, fontSize } = getComputedStyle(deepest);
      return [{ name: text.className, color: color.match(/[\d.]+/g).map(Number), size: parseFloat(fontSize) / unit, x: rect.x, y: rect.y, width: rect.width, height: rect.height }];
    });
  }, TEXTS);
  const clip = await page.$eval(".card", (card) => card.getBoundingClientRect().toJSON());
  const picture = await page.screenshot({ omitBackground: true, encoding: "base64", optimizeForSpeed: true, clip });
  for (const text of texts) Object.assign(text, { x: text.x - clip.x, y: text.y - clip.y });
  return judge.evaluate(judgeColours, { picture, texts, SMALL, CONTRAST, OPAQUE_LEAST });
}

// Runs in another page: a canvas there reads the picture.
async function judgeColours({ picture, texts, SMALL, CONTRAST, OPAQUE_LEAST }) {
  const image = new Image();
  image.src = `data:image/png;base64,${picture}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d", { willReadFrequently: true });
  canvas.drawImage(image, 0, 0);
  const linear = (part) => (part <= 10 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (colour, alpha, behind) => {
    const [r, g, b] = colour.map((part) => linear(part) * alpha + behind * (1 - alpha));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const faults = [];
  for (const { name, color, size, x, y, width, height } of texts) {
    const { data } = canvas.getImageData(Math.round(x), Math.round(y), Math.max(1, Math.round(width)), Math.max(1, Math.round(height)));
    const counts = new Map();
    for (let at = 0; at < data.length; at += 4) {
      const pixel = data.subarray(at, at + 4).join();
      counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    }
    const [[ground]] = [...counts].sort(([, a], [, b]) => b - a);
    const [r, g, b, alpha] = ground.split(",").map(Number);
    if (alpha / 255 < OPAQUE_LEAST) faults.push(`${name} stands on a plate of ${Math.round(alpha / 2.55)} %`);
    const needed = size < SMALL ? CONTRAST.small : CONTRAST.large;
    for (const behind of [0, 1]) {
      const plate = luminance([r, g, b], alpha / 255, behind);
      const said = ratio(luminance(color.slice(0, 3), color[3] ?? 1, plate), plate);
      if (said < needed - 0.05) faults.push(`${name} has contrast ${said.toFixed(2)} of ${needed} over ${behind ? "white" : "black"}`);
      const seen = Math.max(...[...counts.keys()].map((pixel) => {
        const [r, g, b, alpha] = pixel.split(",").map(Number);
        return ratio(luminance([r, g, b], alpha / 255, behind), plate);
      }));
      if (seen < needed * 0.9) faults.push(`${name} is seen with contrast ${seen.toFixed(2)} of ${needed}`);
    }
  }
  return faults;
}
