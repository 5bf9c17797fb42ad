// The overlays beside the alerts, such as the goal: each is made with one press, and dragged onto OBS like the first.

import { of, post } from "../api.js";
import { byId, el, tell } from "../element.js";
import { linkLine, dragHandle } from "../links.js";

/** Each kind, what it shows, and the size of its source in OBS, in pixels. */
const KINDS = [
  { kind: "goal", text: "How far the goal is; you set one on the sales page.", size: [600, 120] },
  { kind: "latest", text: "Who bought last, and what.", size: [600, 128] },
  { kind: "top", text: "Who gave most in 24 hours.", size: [400, 320] },
  { kind: "sold", text: "How many things were sold in 24 hours.", size: [400, 100] },
  { kind: "qr", text: "A code that leads to your store page.", size: [400, 400] },
];

/** Keeps the list current. */
export function watchExtras(progress) {
  let drawn = "";
  tell(byId("extras-said"), "");
  progress.addEventListener("change", () => {
    const all = JSON.stringify(progress.extras);
    // Redrawn only when they are others: a handle must not vanish while it is dragged.
    if (all === drawn) return;
    drawn = all;
    byId("extras").replaceChildren(...KINDS.map((kind) => line(progress, kind)));
  });
}

function line(progress, { kind, text, size }) {
  const made = progress.extras.filter((overlay) => overlay.kind === kind);
  return el("li", { class: "overlay", "data-kind": kind }, el("p", { class: "hint" }, `${text} ${size.join(" × ")} in OBS.`),
    ...made.flatMap((overlay) => [dragHandle(overlay, size), linkLine(overlay.url, `overlay link ${overlay.name}`, { secret: true })]),
    made.length === 0 && el("button", { type: "button", class: "button small", onclick: () => make(progress, kind) }, `Make the overlay “${kind}”`));
}

async function make(progress, kind) {
  try {
    await post(of(progress.channel.streamer, "overlays"), { name: kind, kind });
    await progress.open();
    // The button that was pressed is gone; its place is where the hands are.
    byId("extras").querySelector(`[data-kind=${kind}] .button`)?.focus();
    tell(byId("extras-said"), `Made. Drag “Tillbell ${kind}” onto OBS.`, "good");
  } catch (problem) {
    tell(byId("extras-said"), problem.message, "bad");
  }
}
