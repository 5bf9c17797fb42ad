// The four controls on keys. Who speaks to the computer, or leans on it, can turn them off.

import { byId } from "./element.js";

const KEYS = { " ": "pause", s: "skip", m: "mute", P: "panic" };
const KEPT = "tillbell.keys";

/** Lets keys press controls, through `act(control)`. */
export function watchKeys(act) {
  const on = () => localStorage.getItem(KEPT) !== "off";
  const draw = () => byId("keys").setAttribute("aria-pressed", String(on()));
  byId("keys").onclick = () => {
    localStorage.setItem(KEPT, on() ? "off" : "on");
    draw();
  };
  draw();
  document.addEventListener("keydown", (pressed) => {
    const control = KEYS[pressed.shiftKey ? pressed.key.toUpperCase() : pressed.key.toLowerCase()];
    if (!control || !on() || pressed.repeat || pressed.ctrlKey || pressed.metaKey || pressed.altKey || taken(pressed)) return;
    pressed.preventDefault();
    act(control);
  });
}

// Space on a button presses that button, and a dialog has its own keys.
function taken({ key, target }) {
  const fields = "input, select, textarea";
  return target.closest(key === " " ? `${fields}, button, summary, a` : fields) || document.querySelector("dialog[open]");
}
