// The dock: the live page in 300 px, for OBS's custom browser docks. Nobody pastes links there, so it is let in by
// a code that is typed on the dashboard, stays signed in, and comes back by itself for ever.

import { read, streamersOf } from "./api.js";
import { watchConnections } from "./bar.js";
import { Channel } from "./channel.js";
import { byId, tell } from "./element.js";
import { watchFeed } from "./feed.js";
import { watchNeeds } from "./needs.js";
import { watchNext } from "./next.js";
import { watchNow } from "./now.js";
import { pair } from "./pairing.js";
import { modeButton } from "./streamer-mode.js";

/** How often a dock that stays open is seen to be used, so that its session is kept. Milliseconds. */
const RENEW_MS = 6 * 3_600_000;
/** How soon it tries again while the gateway is away. Milliseconds. */
const AGAIN_MS = 5_000;

const CONTROLS = ["skip", "pause", "mute", "panic"];

let now = null;

async function start() {
  try {
    const session = await read("/session");
    const [first] = await streamersOf(session);
    open(session.role, first);
  } catch (problem) {
    if (problem.status === 401) return pair().then(start);
    byId("pairing").hidden = byId("dashboard").hidden = true;
    document.body.dataset.away = "true";
    setTimeout(start, AGAIN_MS * (0.5 + Math.random()));
  }
  return null;
}

function open(role, { id, name }) {
  delete document.body.dataset.away;
  byId("pairing").hidden = true;
  byId("dashboard").hidden = false;
  byId("streamer").textContent = name || id;
  const rights = { streamer: id, role, admin: role === "admin", owns: role === "admin" || role === "owner", runs: role !== "viewer" };
  const channel = new Channel(id);
  now = watchNow(channel, () => [], rights.runs);
  watchConnections(channel);
  watchFeed(channel, rights.runs);
  watchNext(channel, rights.runs);
  const stopNeeds = watchNeeds(channel, rights);
  const renewing = setInterval(() => read("/session").catch(() => {}), RENEW_MS);
  channel.addEventListener("signed-out", () => {
    // Every part of the page watches this channel, so the next begins on a page of its own.
    clearInterval(renewing);
    stopNeeds();
    channel.close();
    location.reload();
  }, { once: true });
  channel.open();
}

for (const control of CONTROLS) byId(control).onclick = () => now?.act(control);
byId("dock-mode").append(modeButton());
tell(byId("code"), "");
start();
