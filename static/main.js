// The live page: what plays, what waits, what was shown, and what needs a person.

import { enter, watchConnections } from "./bar.js";
import { Channel } from "./channel.js";
import { watchChecks } from "./checks.js";
import { byId } from "./element.js";
import { watchEndpoint } from "./endpoint.js";
import { watchFeed } from "./feed.js";
import { watchNow } from "./now.js";
import { Setup } from "./setup.js";

const KEYS = { " ": "pause", s: "skip", m: "mute" };

let now = null;

enter("live", ({ streamer, admin, owns, runs, leave }) => {
  const channel = new Channel(streamer);
  byId("setup").hidden = !owns;
  const setup = owns ? new Setup(channel) : null;
  now = watchNow(channel, () => setup?.overlays ?? [], runs);
  watchConnections(channel);
  watchFeed(channel, runs);
  channel.addEventListener("signed-out", () => leave(null));
  channel.open();
  byId("checks").hidden = true;
  byId("endpoint").hidden = true;
  if (admin) {
    watchChecks().catch(() => {});
    watchEndpoint(streamer, () => setup.open()).catch(() => {});
  }
  setup?.open().then(() => now.draw(), () => {});
  return () => {
    now = null;
    channel.close();
  };
});

for (const control of Object.values(KEYS)) byId(control).onclick = () => now?.act(control);

document.addEventListener("keydown", (pressed) => {
  // Space on a button presses that button.
  const taken = pressed.target.closest(pressed.key === " " ? "input, select, button" : "input, select");
  const control = KEYS[pressed.key.toLowerCase()];
  if (!now || !control || taken || pressed.repeat || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
  pressed.preventDefault();
  now.act(control);
});
