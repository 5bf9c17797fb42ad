// The top bar: whose channel this is, and which overlays are connected.

import { byId, el, shape } from "./element.js";
import { SHAPES } from "./words.js";

const CHIPS_AT_MOST = 3;

/** Shows the streamer's name, or a choice when there are several. */
export function showStreamers(streamers, current, choose) {
  const place = byId("streamer");
  if (streamers.length < 2) {
    place.replaceChildren(el("bdi", {}, streamers[0]?.name ?? current));
    return;
  }
  const select = el("select", { "aria-label": "Streamer", onchange: () => choose(select.value) });
  select.append(...streamers.map(({ id, name }) => el("option", { value: id, selected: id === current }, name || id)));
  place.replaceChildren(select);
}

/** Keeps the connection chips current. */
export function watchConnections(channel) {
  const place = byId("chips");
  const draw = () => {
    const drawn = chips(channel);
    const text = (elements) => elements.map(({ textContent }) => textContent).join("\n");
    // Redrawn only when it says something new, or it would be read aloud at every look.
    if (text(drawn) !== text([...place.children])) place.replaceChildren(...drawn);
  };
  channel.addEventListener("connections", draw);
  channel.addEventListener("link", draw);
}

/** The connections an alert would be seen on. */
export const live = (channel) =>
  (channel.connections ?? []).filter(({ kind, mode }) => kind === "alerts" && mode === "live");

function chips(channel) {
  if (!channel.linked) return [chip("missed", "Gateway away, trying again", "away")];
  if (!channel.connections) return [];
  const connected = live(channel);
  if (connected.length === 0) return [chip("missed", "No overlay connected", "none")];
  const first = connected.slice(0, CHIPS_AT_MOST).map(connectionChip);
  const rest = connected.length - first.length;
  return rest > 0 ? [...first, chip("shown", `${rest} more`, "connected")] : first;
}

function connectionChip({ overlay, obs, active, streaming }) {
  const through = obs ? `OBS ${obs.split(".").slice(0, 2).join(".")}` : "browser";
  const asleep = active === false;
  const words = [`${overlay.name} connected`, through, asleep && "source not active", streaming && "streaming"];
  return chip(asleep ? "held" : "shown", words.filter(Boolean).join(" · "), asleep ? "asleep" : "connected");
}

const chip = (form, text, state) => el("span", { class: "chip", "data-state": state }, shape(SHAPES[form]), el("span", {}, text));
