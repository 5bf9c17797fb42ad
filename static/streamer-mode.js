// Streamer mode: what must not stand on stream is masked at once. On is one press; off asks once.
//
// What is masked has the class `private`: secrets, links, amounts, addresses, and what a buyer wrote that nobody has
// approved. The words stay in the page, where Copy finds them; common.css covers them.

import { ask } from "./ask.js";
import { el, shape } from "./element.js";
import { SHAPES } from "./words.js";

const KEPT = "tillbell.streamer-mode";
const root = document.documentElement;

/** Whether it is on. */
export const masked = () => root.dataset.streamerMode === "on";

/** The button that turns it on and off. Others on the page follow. */
export function modeButton() {
  const button = el("button", { type: "button", class: "button small mode", id: "streamer-mode", onclick: toggle },
    shape(SHAPES.eye), el("span", {}, "Streamer mode"));
  const draw = () => button.setAttribute("aria-pressed", String(masked()));
  addEventListener("streamer-mode", draw);
  draw();
  return button;
}

/** OBS streams: whoever has not decided on this device is covered. */
export function streamSeen() {
  if (localStorage.getItem(KEPT) === null && !masked()) set("on");
}

async function toggle() {
  if (!masked()) return keep("on");
  const sure = await ask({
    title: "Show everything again?",
    text: "Links, secrets and amounts will be readable on this screen. If it is on stream, viewers read them too.",
    yes: "Show everything",
    no: "Keep hidden",
  });
  return sure && keep("off");
}

function keep(state) {
  localStorage.setItem(KEPT, state);
  set(state);
}

function set(state) {
  root.dataset.streamerMode = state;
  dispatchEvent(new Event("streamer-mode"));
}

// Before anything is read, let alone drawn; and as another tab of this device decides.
set(localStorage.getItem(KEPT) ?? "off");
addEventListener("storage", ({ key, newValue }) => key === KEPT && set(newValue ?? "off"));
