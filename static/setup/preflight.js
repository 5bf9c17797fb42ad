// Before going live: everything that decides whether an alert will be seen and heard, looked at without showing or
// playing anything. What the gateway's own pings measured tells whether a page still answers.

import { of, read, readList } from "../api.js";
import { live } from "../bar.js";
import { byId, el, shape, tell } from "../element.js";
import { clock, count, SHAPES } from "../words.js";
import { CHROME_MIN, engine, pulse } from "./overlay.js";
import { deliveryWords } from "./stripe.js";

/** Two heartbeats and some: a page that was not heard for so long is not answering. Milliseconds. */
const SILENT_MS = 60_000;

const WORDS = { good: ["shown", "Fine"], look: ["held", "Look"], bad: ["rejected", "Wrong"] };

/** Makes the check work, and keeps it current once it was asked for. `admin`: may see the whole gateway. */
export function watchPreflight(progress, admin) {
  const { channel } = progress;
  let status = null;
  let asked = false;
  const again = ({ connections, queue }) => draw(checks({ progress, connections, queue, status }));
  const check = async () => {
    byId("preflight-check").disabled = true;
    try {
      const [connections, queue, gateway] = await Promise.all([
        readList(`/connections?streamer=${encodeURIComponent(channel.streamer)}`),
        read(of(channel.streamer, "queue")),
        admin ? read("/status") : null,
        progress.readStripe(),
      ]);
      status = gateway;
      asked = true;
      again({ connections, queue });
    } catch (problem) {
      tell(byId("preflight-result"), problem.message, "bad");
    }
    byId("preflight-check").disabled = false;
  };
  byId("preflight").replaceChildren();
  tell(byId("preflight-result"), "");
  byId("preflight-check").onclick = check;
  for (const news of ["queue", "connections"]) {
    channel.addEventListener(news, () => asked && channel.queue && channel.connections && again(channel));
  }
}

/** What was found, each `{state, name, text}`; `state` is good, look or bad. */
export function checks({ progress, connections, queue, status }, now = Date.now()) {
  const { settings } = progress;
  return [
    ...overlays(live({ connections }), now),
    sound(progress, live({ connections }), queue),
    held(queue),
    settings.hold_until_live && { state: "look", name: "Going live", text: "Alerts wait until OBS says that it streams (hold_until_live)." },
    stripe(progress, now),
    status && gateway(status),
  ].filter(Boolean);
}

function overlays(connected, now) {
  if (connected.length === 0) return [{ state: "bad", name: "Overlay", text: "None is connected: open OBS, or see step 1." }];
  return connected.map((connection) => {
    const silent = now - Date.parse(connection.last_seen) > SILENT_MS;
    const old = connection.chrome !== null && connection.chrome < CHROME_MIN;
    const trouble = [
      silent && "It does not answer.",
      old && `Its Chrome is older than ${CHROME_MIN}: update OBS to 28 or newer.`,
      connection.active === false && "Its scene is not on stream now.",
    ].filter(Boolean);
    const state = silent ? "bad" : trouble.length > 0 ? "look" : "good";
    return { state, name: `Overlay ${connection.overlay.name}`, text: [`${engine(connection)}; ${pulse(connection, now)}.`, ...trouble].join(" ") };
  });
}

function sound(progress, connected, queue) {
  const { settings, kept } = progress;
  const name = "Sound";
  if (queue.muted) return { state: "look", name, text: "The channel is muted." };
  if (settings.sound === "none" || settings.volume === 0) return { state: kept.sound === "none" ? "good" : "look", name, text: "No sound is chosen, or its volume is 0." };
  if (connected.length > 0 && connected.every(({ muted }) => muted)) return { state: "look", name, text: "Each overlay was opened with mute=1." };
  if (!kept.sound) return { state: "look", name, text: "Not tested in this browser yet: that is step 2." };
  return { state: "good", name, text: kept.sound === "none" ? "None is wanted." : `On, at ${settings.volume} %, and heard in the test.` };
}

function held({ panic, paused, length }) {
  const name = "Queue";
  if (panic) return { state: "bad", name, text: "Stopped by panic: resume it on the live page." };
  if (paused) return { state: "bad", name, text: "Paused: resume it on the live page." };
  return { state: "good", name, text: length > 0 ? `Running; ${count(length, "alert")} waiting.` : "Running, and nothing waits." };
}

function stripe(progress, now) {
  const [text, kind] = deliveryWords(progress, now);
  const state = kind === "bad" ? "bad" : progress.done.stripe ? "good" : "look";
  return { state, name: "Stripe", text: !progress.verifies && !progress.sold ? "No signing secret yet: that is step 3." : text };
}

function gateway({ version, damage, dead_letters: dead, store }) {
  const name = "Gateway";
  if (damage?.length > 0) return { state: "bad", name, text: `${count(damage.length, "record")} on its disk cannot be read: see tillbell doctor.` };
  if (dead > 0) return { state: "look", name, text: `${count(dead, "dead letter")} wait for a decision: see tillbell dead-letters list.` };
  return { state: "good", name, text: `Version ${version}, store ${store}: all records can be read.` };
}

function draw(found) {
  const lines = found.map(({ state, name, text }) => {
    const [form, word] = WORDS[state];
    return el("li", { class: "checked", "data-state": state }, shape(SHAPES[form]),
      el("span", {}, el("b", {}, el("span", { class: "unseen" }, `${word}: `), el("bdi", {}, name)), " ", text));
  });
  byId("preflight").replaceChildren(...lines);
  const wrong = found.filter(({ state }) => state !== "good").length;
  const when = clock(Date.now());
  if (wrong === 0) tell(byId("preflight-result"), `All fine at ${when}.`, "good");
  else tell(byId("preflight-result"), `${count(wrong, "thing")} to look at, at ${when}.`, found.some(({ state }) => state === "bad") ? "bad" : "plain");
}
