// The dashboard: sign in, choose the streamer, follow the channel.

import { read, readList } from "./api.js";
import { showStreamers, watchConnections } from "./bar.js";
import { Channel } from "./channel.js";
import { watchChecks } from "./checks.js";
import { byId } from "./element.js";
import { watchFeed } from "./feed.js";
import { watchNow } from "./now.js";
import { watchEndpoint } from "./endpoint.js";
import { Setup } from "./setup.js";
import { showSignIn, signOut, useLink } from "./sign-in.js";

const LAST_STREAMER = "tillbell.streamer";
const KEYS = { " ": "pause", s: "skip", m: "mute" };

let channel = null;
let now = null;

async function start() {
  const refused = await useLink();
  try {
    const session = await read("/session");
    byId("sign-in").hidden = true;
    byId("dashboard").hidden = false;
    await openFirst(session);
  } catch (problem) {
    leave(refused ?? (problem.status === 401 ? null : problem.message));
  }
}

async function openFirst({ role, streamer }) {
  const streamers = streamer ? [await ownStreamer(streamer)] : await readList("/streamers");
  const wanted = localStorage.getItem(LAST_STREAMER);
  const first = streamers.find(({ id }) => id === wanted) ?? streamers[0];
  const open = (id) => {
    localStorage.setItem(LAST_STREAMER, id);
    showStreamers(streamers, id, open);
    follow(id, role);
  };
  if (first) open(first.id);
}

// A moderator may not read the settings, and with them the name.
const ownStreamer = (id) => read(`/streamers/${encodeURIComponent(id)}`).catch(() => ({ id }));

function follow(id, role) {
  channel?.close();
  channel = new Channel(id);
  const runs = role !== "viewer";
  const owns = role === "owner" || role === "admin";
  byId("setup").hidden = !owns;
  const setup = owns ? new Setup(channel) : null;
  now = watchNow(channel, () => setup?.overlays ?? [], runs);
  watchConnections(channel);
  watchFeed(channel, runs);
  channel.addEventListener("signed-out", () => leave(null));
  channel.open();
  byId("checks").hidden = true;
  byId("endpoint").hidden = true;
  if (role === "admin") {
    watchChecks().catch(() => {});
    watchEndpoint(id, () => setup.open()).catch(() => {});
  }
  setup?.open().then(() => now.draw(), () => {});
}

function leave(problem) {
  channel?.close();
  channel = null;
  showSignIn(problem, start);
}

byId("sign-out").onclick = () => signOut().catch(() => {}).then(() => leave(null));
for (const control of Object.values(KEYS)) byId(control).onclick = () => now?.act(control);

document.addEventListener("keydown", (pressed) => {
  // Space on a button presses that button.
  const taken = pressed.target.closest(pressed.key === " " ? "input, select, button" : "input, select");
  const control = KEYS[pressed.key.toLowerCase()];
  if (!channel || !control || taken || pressed.repeat || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
  pressed.preventDefault();
  now.act(control);
});

// A new link pasted into this tab changes only the fragment.
addEventListener("hashchange", () => location.hash.includes("code=") && start());

start();
