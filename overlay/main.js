// The overlay page: wires the parts together. Nothing here may ever be seen on stream but an alert.

import { createAcks, createDrawn, createShelf } from "./acks.js";
import { createLink } from "./link.js";
import { hideWithObs, obsVersion, watchObs } from "./obs.js";
import { readOptions } from "./options.js";
import { createPlayer } from "./player.js";
import { createSound } from "./sound.js";
import { createStage } from "./stage.js";

const options = readOptions(location.hash);
const page = document.documentElement;
const build = document.querySelector('meta[name="tillbell-build"]').content;
const stamped = !/^__.*__$/.test(build);
const silent = options.mute || options.preview;

// A preview answers nothing and remembers nothing: it changes nothing (contract §5).
const forgetful = { read: () => [], write() {} };
const shelf = (what) => (options.preview ? forgetful : createShelf(`tillbell.${what}.${options.overlay}`));
const send = (frame) => (options.preview ? true : link.send(frame));

const acks = createAcks(shelf("acks"), send);
const sound = createSound();
const root = document.getElementById("stage");
const stage = createStage(root);
const player = createPlayer({
  stage,
  sound,
  acks,
  drawn: createDrawn(shelf("drawn")),
  silent,
  failed: (ack) => send({ type: "failed", ...ack }),
  idle: renew,
});
const link = createLink({ url: socketUrl(), key: options.key, hello, receive });
const knownOfObs = watchObs((state) => link.send({ type: "state", ...state }), () => link.wake());

function socketUrl() {
  const url = new URL("../ws/overlay", location.href.split("#")[0]);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

function hello() {
  return {
    client: "tillbell-overlay",
    version: stamped ? build : "unstamped",
    mode: options.preview ? "preview" : "live",
    muted: silent,
    obs: obsVersion(),
    acks: options.preview ? [] : acks.forHello(),
  };
}

// How the channel stands. While panic is on nothing of a buyer's is seen, also on a page that was away when it was
// pressed, and what was drawn does not come back with the resume.
function heed(queue) {
  const panic = queue?.panic === true;
  player.mute(queue?.muted === true);
  if (panic) player.clear();
  page.toggleAttribute("data-panic", panic);
}

// What the streamer chose: how cards look, and what they sound like. Only a page of alerts ever sounds.
let sounding = false;
let chosen = {};

function settle(settings) {
  chosen = settings;
  stage.dress(settings);
  sound.use(settings);
  if (sounding) sound.warm();
}

// An overlay of another kind than alerts draws by a module of its own, so that the page of alerts stays small.
let extra = null;

function become(kind) {
  if (kind === "alerts" || extra) return;
  const opened = import("./extras/extras.js").then(({ openExtra }) => openExtra(kind));
  extra = opened.catch(() => (extra = null)); // the next welcome tries again
}

async function draw(data) {
  const drawing = await extra;
  drawing?.dress(chosen);
  if (data) drawing?.draw(data);
}

const frames = {
  welcome(frame) {
    sounding = !silent && frame.overlay?.kind === "alerts";
    settle(frame.settings);
    heed(frame.queue);
    become(frame.overlay?.kind);
    acks.flush();
    link.send({ type: "state", ...knownOfObs() });
    if (typeof frame.build === "string") newest = frame.build;
    renew();
  },
  play: (frame, heardAt) => player.play(frame, heardAt),
  stop: (frame) => player.stop(frame),
  queue: heed,
  settings(frame) {
    settle(frame.settings);
    draw();
  },
  board: ({ data }) => draw(data),
  noted: (frame) => acks.noted(frame),
  error: ({ code, lease }) => code === "stale_lease" && acks.stale(lease),
  // For scripts of the streamer's own (contract §7, connections/{con}/messages).
  message({ data }) {
    if (typeof data?.type === "string") window.dispatchEvent(new CustomEvent("tillbell:message", { detail: data }));
  },
};

function receive(frame, heardAt) {
  if (Object.hasOwn(frames, frame.type)) frames[frame.type](frame, heardAt);
}

// A page of another build reloads, once per build, when nothing plays. A page that was served without a build takes the
// first one it hears of for its own.
let own = stamped ? build : null;
let newest = null;

function renew() {
  own ??= newest;
  if (newest === null || newest === own || !player.idle) return;
  const tried = createShelf("tillbell.build");
  if (tried.read() === newest) return;
  tried.write(newest);
  location.reload();
}

page.style.setProperty("--scale", String(options.scale));
hideWithObs(root);
addEventListener("online", () => link.wake());
if (options.key) link.open();
// The local shell keeps a page out of sight until it says that it is no error page, and asks whenever one has loaded.
if (parent !== window) {
  const ready = () => parent.postMessage("tillbell:ready", "*");
  addEventListener("message", ({ source, data }) => source === parent && data === "tillbell:ready?" && ready());
  ready();
}
