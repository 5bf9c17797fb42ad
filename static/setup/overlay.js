// Step 1: the overlay in OBS, and which sources are there.

import { live } from "../bar.js";
import { byId, el, foreign, shape, tell } from "../element.js";
import { copyButton, dragHandle, linkLine } from "../links.js";
import { SHAPES, span } from "../words.js";

/** The oldest Chrome the overlay is built for: OBS 28 has it. */
export const CHROME_MIN = 103;

/** Shows the links, and who has connected with them. */
export function watchOverlay(progress) {
  let drawn = "";
  progress.addEventListener("change", () => {
    drawSources(progress.channel);
    const links = JSON.stringify(progress.overlays);
    // Redrawn only when they are others: a handle must not vanish while it is dragged.
    if (links === drawn) return;
    drawn = links;
    byId("overlay-links").replaceChildren(...progress.overlays.map(overlayLine));
    const [first] = progress.overlays;
    if (first) byId("shell-end").replaceChildren(copyButton(() => new URL(first.url).hash, "the link's end", "Copy the end of the link"));
  });
}

/** What draws a connection: "OBS 32.2.2 · Chrome 127", "a browser · Chrome 131". */
export const engine = ({ obs, chrome }) => [obs ? `OBS ${obs}` : "a browser, not OBS", chrome && `Chrome ${chrome}`].filter(Boolean).join(" · ");

function overlayLine(overlay) {
  return el("div", { class: "overlay" }, dragHandle(overlay), linkLine(overlay.url, `overlay link ${overlay.name}`, { secret: true }));
}

function drawSources(channel) {
  if (!channel.connections) return;
  const connected = live(channel);
  const lines = connected.length > 0 ? connected.map(sourceLine) : [el("li", { class: "source", "data-state": "none" }, shape(SHAPES.missed), "Waiting for OBS to open it…")];
  // Not the round trip, which changes at each look: it would be read aloud each time.
  const said = lines.map(({ textContent }) => textContent).join("\n");
  if (byId("sources").dataset.said !== said) {
    byId("sources").replaceChildren(...lines);
    byId("sources").dataset.said = said;
  }
  const [first] = connected;
  const place = byId("step-overlay").querySelector("[data-state]");
  tell(place, first ? `${first.overlay.name} connected${first.obs ? ` · OBS ${first.obs}` : ""}` : "not connected");
}

function sourceLine(connection) {
  const { overlay, chrome, obs, active } = connection;
  const old = chrome !== null && chrome < CHROME_MIN;
  return el("li", { class: "source", "data-state": old ? "old" : "connected" },
    shape(SHAPES[old ? "held" : "shown"]),
    el("span", {}, foreign(overlay.name, "source-name"), " is connected: ", engine(connection),
      old && el("span", { class: "hint" }, ` This Chrome is older than ${CHROME_MIN}: update OBS to 28 or newer.`),
      !obs && el("span", { class: "hint" }, " Fine for a look; viewers see what OBS shows."),
      active === false && el("span", { class: "hint" }, " Its scene is not on stream now.")));
}

/** When a connection was heard last, and how fast it answers: "answered in 4 ms, 12 s ago". */
export function pulse({ round_trip_ms: trip, last_seen: seen }, now = Date.now()) {
  const ago = Math.max(0, now - Date.parse(seen));
  return [trip === null ? null : `answers in ${span(trip)}`, `last heard ${ago < 2000 ? "now" : `${span(ago)} ago`}`].filter(Boolean).join(", ");
}
