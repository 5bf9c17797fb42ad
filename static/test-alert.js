// The test button: sends a test alert, and tells what became of it until it has ended.

import { of, post } from "./api.js";
import { byId, tell } from "./element.js";
import { count, reasonWord, span, waitingWord } from "./words.js";

/** Makes the test button work on this channel. */
export function watchTest(channel) {
  const test = new Test(channel);
  tell(byId("test-result"), "");
  byId("test").onclick = () => test.send();
  byId("test").disabled = false;
  channel.addEventListener("alert", ({ detail }) => test.follow(detail));
}

class Test {
  #id = null;
  #sent = 0;
  #connections = 0;

  constructor(channel) {
    this.channel = channel;
  }

  async send() {
    const button = byId("test");
    button.disabled = true;
    tell(byId("test-result"), "Sending…");
    this.#sent = performance.now();
    try {
      const { alert_id: id, connections } = await post(of(this.channel.streamer, "test-alerts"));
      this.#id = id;
      this.#connections = connections;
      this.#begin();
    } catch (problem) {
      tell(byId("test-result"), problem.message, "bad");
    }
    button.disabled = false;
  }

  /** Tells the news of the alert, if it is the one that was sent last. */
  follow(alert) {
    if (alert.id !== this.#id) return;
    if (alert.state === "playing") tell(byId("test-result"), `Playing on ${count(this.#connections, "connection")}.`);
    if (alert.state === "queued") this.#queued();
    if (["playing", "queued"].includes(alert.state)) return;
    this.#id = null;
    if (alert.state === "shown") tell(byId("test-result"), `Shown after ${span(performance.now() - this.#sent)}.`, "good");
    else tell(byId("test-result"), `Not shown: ${reasonWord(alert.reason ?? alert.state)}.`, "bad");
  }

  #begin() {
    const known = this.channel.alerts.find(({ id }) => id === this.#id);
    if (this.#connections === 0) this.#nobody();
    else if (known) this.follow(known);
    else tell(byId("test-result"), `On its way to ${count(this.#connections, "connection")}.`);
  }

  #queued() {
    const { waiting, playing } = this.channel.queue;
    if (this.#connections === 0) return this.#nobody();
    const why = playing ? "It waits for what plays now." : waiting ? waitingWord(waiting) : "On its way.";
    return tell(byId("test-result"), why);
  }

  #nobody() {
    tell(byId("test-result"), "Nobody is connected: add the overlay in OBS first.", "bad");
  }
}
