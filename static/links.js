// Links that are keys: shown masked, copied without being shown, dragged onto OBS.

import { el, shape, tell } from "./element.js";
import { SHAPES } from "./words.js";

/** A revealed link hides itself again; the page may be on stream. Milliseconds. */
const REVEALED_MS = 20_000;
const COPIED_MS = 2_000;

/** A button that copies what `text()` gives, and says so. A `word` of its own says already what is copied. */
export function copyButton(text, label, word = null) {
  const button = el("button", { type: "button", class: "button small", "aria-label": word ? null : `Copy ${label}` }, word ?? "Copy");
  attachCopy(button, text);
  return button;
}

// Lets an existing button copy what `text()` gives.
function attachCopy(button, text) {
  const word = button.textContent;
  let back = 0;
  button.addEventListener("click", async () => {
    const done = await copy(text());
    tell(button, done ? "Copied" : "Not copied", done ? "good" : "bad");
    clearTimeout(back);
    back = setTimeout(() => tell(button, word), COPIED_MS);
  });
}

/** A line with a link and its Copy; with `secret`, the link is masked until revealed. */
export function linkLine(url, label, { secret = false } = {}) {
  const shown = secret
    ? el("code", { class: "link-text private" }, masked(url))
    : el("code", { class: "link-text whole private" }, ...breakable(url));
  return el("div", { class: "link" }, shown, secret && revealButton(url, shown, label), copyButton(() => url, label));
}

/** A link as parts that a line may break between. */
export const breakable = (url) => url.split(/(?<=\w\/)/).flatMap((part) => [part, el("wbr")]);

/** What is dragged onto OBS to make a browser source of the right name and `size`, [width, height] in pixels. */
export function dragHandle(overlay, size = [1920, 1080]) {
  const handle = el("span", { class: "handle", draggable: "true", title: "Drag onto the OBS window" }, shape(SHAPES.handle), `Tillbell ${overlay.name}`);
  handle.addEventListener("dragstart", ({ dataTransfer }) => {
    // Not an <a href>: that would show the key in the status bar on hover.
    const url = sourceUrl(overlay, size);
    dataTransfer.effectAllowed = "copyLink";
    dataTransfer.setData("text/uri-list", url);
    dataTransfer.setData("text/plain", url);
  });
  return handle;
}

// OBS takes the layer-… items for the source's name and size, and strips them from the link it stores.
// It reads %20 as a space but not +, so URLSearchParams will not do.
function sourceUrl(overlay, [width, height]) {
  const url = new URL(overlay.url);
  url.search = `layer-name=${encodeURIComponent(`Tillbell ${overlay.name}`)}&layer-width=${width}&layer-height=${height}`;
  return url.href;
}

function masked(url) {
  const { host, pathname, hash } = new URL(url);
  return `${host}${pathname}${hash.slice(0, hash.indexOf("=") + 1)}••••••••••••`;
}

function revealButton(url, shown, label) {
  let hiding = 0;
  const button = el("button", { type: "button", class: "button small reveal", "aria-pressed": "false", "aria-label": `Reveal ${label}` }, "Reveal");
  const show = (revealed) => {
    clearTimeout(hiding);
    shown.textContent = revealed ? url : masked(url);
    shown.classList.toggle("whole", revealed);
    button.textContent = revealed ? "Hide" : "Reveal";
    button.setAttribute("aria-pressed", String(revealed));
    if (revealed) hiding = setTimeout(show, REVEALED_MS, false);
  };
  button.addEventListener("click", () => show(button.getAttribute("aria-pressed") === "false"));
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyThroughSelection(text);
  }
}

// On plain http from another machine there is no navigator.clipboard.
function copyThroughSelection(text) {
  const focused = document.activeElement;
  const field = el("textarea", { class: "unseen", readonly: true, "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return done;
}
