// The test button: sends a test alert, and tells what became of it until it has ended; stage by stage, where the page
// has room for that.

import { of, post } from "./api.js";
import { byId, el, shape, tell } from "./element.js";
import { count, reasonWord, SHAPES, span, waitingWord } from "./words.js";

/** Makes the test button work on this channel. */
export function watchTest(channel) {
  const test = new Test(channel);
  tell(byId("test-result"), "");
  test.draw();
  byId("test").onclick = () => test.send();
  byId("test").disabled = false;
  channel.addEventListener("alert", ({ detail }) => test.follow(detail));
}

class Test {
  #id = null;
  #sent = 0;
  #connections = 0;
  #stages = [];

  constructor(channel) {
    this.channel = channel;
  }

  async send() {
    byId("test").disabled = true;
    this.#stages = [];
    this.draw();
    tell(byId("test-result"), "Sending…");
    this.#sent = performance.now();
    try {
      const { alert_id: id, connections } = await post(of(this.channel.streamer, "test-alerts"));
      this.#id = id;
      this.#connections = connections;
      this.#stage("accepted", "accepted, stored and queued");
      tell(byId("test-result"), "");
      const known = this.channel.alerts.find((alert) => alert.id === id);
      if (connections === 0) this.#nobody();
      else if (known) this.follow(known);
    } catch (problem) {
      tell(byId("test-result"), problem.message, "bad");
    }
    byId("test").disabled = false;
  }

  /** Tells the news of the alert, if it is the one that was sent last. */
  follow(alert) {
    if (alert.id !== this.#id) return;
    const { state, reason, proof } = alert;
    if (state === "queued") return this.#waits();
    if (state === "playing" || state === "shown") this.#stage("playing", "playing");
    if (state === "playing") return tell(byId("test-result"), `Playing on ${count(this.#connections, "connection")}. Look at OBS.`);
    this.#id = null;
    if (state !== "shown") return tell(byId("test-result"), `Not shown: ${reasonWord(reason ?? state)}.`, "bad");
    this.#stage("shown", ["shown", proof?.audio && "sound started", proof?.active && "source active"].filter(Boolean).join(", "));
    return tell(byId("test-result"), `Shown after ${span(performance.now() - this.#sent)}.`, "good");
  }

  #waits() {
    const { waiting, playing } = this.channel.queue;
    if (this.#connections === 0) return this.#nobody();
    return tell(byId("test-result"), playing ? "It waits for what plays now." : waiting ? waitingWord(waiting) : "On its way.");
  }

  #nobody() {
    tell(byId("test-result"), "Nobody is connected: add the overlay in OBS first.", "bad");
  }

  #stage(id, words) {
    if (this.#stages.some((stage) => stage.id === id)) return;
    this.#stages.push({ id, words, after: performance.now() - this.#sent });
    this.draw();
  }

  /** Draws the stages that were reached. */
  draw() {
    const place = byId("test-stages");
    if (!place) return;
    const form = { accepted: "queued", playing: "playing", shown: "shown" };
    place.hidden = this.#stages.length === 0;
    place.replaceChildren(...this.#stages.map(({ id, words, after }) =>
      el("li", { class: "stage", "data-stage": id }, shape(SHAPES[form[id]]), el("span", {}, words), el("span", { class: "stage-span" }, span(after)))));
  }
}
