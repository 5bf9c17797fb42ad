// The live page: what plays, what waits, what was shown, and what needs a person.

import { enter, watchConnections } from "./bar.js";
import { Channel } from "./channel.js";
import { byId } from "./element.js";
import { watchFeed } from "./feed.js";
import { watchKeys } from "./keys.js";
import { watchNeeds } from "./needs.js";
import { watchNext } from "./next.js";
import { watchNow } from "./now.js";
import { Progress, watchPointer } from "./progress.js";
import { streamSeen } from "./streamer-mode.js";
import { watchTest } from "./test-alert.js";
import { watchTonight } from "./tonight.js";

const CONTROLS = ["skip", "pause", "mute", "panic"];

let now = null;

enter("live", (visit) => {
  const { streamer, owns, runs, leave } = visit;
  const channel = new Channel(streamer);
  const progress = owns ? new Progress(channel) : null;
  now = watchNow(channel, () => progress?.overlays ?? [], runs);
  watchConnections(channel);
  watchFeed(channel, runs);
  watchNext(channel, runs);
  const ends = [watchNeeds(channel, visit), watchTonight(channel)];
  byId("tonight-test").hidden = !runs;
  if (runs) watchTest(channel);
  // Who owns the secrets is most likely who streams from this machine.
  if (owns) channel.addEventListener("connections", () => channel.connections?.some(({ streaming }) => streaming) && streamSeen());
  channel.addEventListener("signed-out", () => leave(null));
  channel.open();
  watchPointer(progress);
  progress?.open().then(() => now?.draw(), () => {});
  return () => {
    now = null;
    ends.forEach((end) => end());
    channel.close();
  };
});

for (const control of CONTROLS) byId(control).onclick = () => now?.act(control);
watchKeys((control) => now?.act(control));
