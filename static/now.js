// The NOW card: what plays, and the four controls, on one row and on keys.

import { live } from "./bar.js";
import { byId, el, foreign, tell } from "./element.js";
import { copyButton, dragHandle } from "./links.js";
import { from, goods, waitingWord } from "./words.js";

/** Keeps the card current. `overlays()` gives what could be dragged onto OBS; `controls`: this role may act. */
export function watchNow(channel, overlays, controls) {
  const card = new Now(channel, overlays);
  byId("now-controls").hidden = !controls;
  for (const news of ["queue", "connections", "alerts", "alert"]) channel.addEventListener(news, () => card.draw());
  // What failed while the gateway was away says nothing of now.
  channel.addEventListener("link", () => channel.linked && tell(byId("now-problem"), ""));
  return card;
}

class Now {
  #drawn = "";
  #lease = null;

  constructor(channel, overlays) {
    this.channel = channel;
    this.overlays = overlays;
  }

  draw() {
    const { queue, connections } = this.channel;
    if (!queue) return;
    this.#drawControls(queue);
    // Redrawn only when it says something new: a handle must not vanish while it is dragged.
    const said = JSON.stringify([queue.playing, queue.waiting, queue.panic, queue.muted, queue.length, connections?.length, this.overlays().length, this.channel.alerts.length > 0]);
    if (said === this.#drawn) return;
    this.#drawn = said;
    byId("now").dataset.playing = String(Boolean(queue.playing));
    byId("now").dataset.panic = String(queue.panic);
    byId("now-body").replaceChildren(...this.#body(queue));
    this.#drawProgress(queue.playing);
  }

  /** Does what a control says, and shows why it could not. Panic is not asked about: a resume ends it. */
  async act(control) {
    if (byId(control).getAttribute("aria-disabled") === "true" || byId("now-controls").hidden) return;
    const { queue } = this.channel;
    tell(byId("now-problem"), "");
    try {
      if (control === "skip") await this.channel.skip();
      else await this.channel.act(this.#verb(control, queue));
    } catch (problem) {
      // It ended by itself in the same moment: what was wanted has happened.
      if (problem.code !== "nothing_plays") tell(byId("now-problem"), problem.message, "bad");
    }
  }

  #verb(control, queue) {
    if (control === "pause") return queue?.paused || queue?.panic ? "resume" : "pause";
    return control === "mute" && queue?.muted ? "unmute" : control;
  }

  // Never really disabled: the button that was just pressed would lose the focus.
  #drawControls({ playing, paused, panic, muted }) {
    byId("skip").setAttribute("aria-disabled", String(!playing));
    byId("panic").setAttribute("aria-disabled", String(panic));
    label("pause", paused || panic ? "Resume" : "Pause", paused || panic);
    label("mute", muted ? "Unmute" : "Mute", muted);
  }

  #body(queue) {
    if (queue.playing) return playingBody(queue.playing.alert);
    if (queue.panic) return idle("Stopped by panic", "New sales wait, without sound. Resume when you are ready, then unmute; what was stopped can be replayed from the feed.");
    if (queue.paused) return idle("Paused", "New sales wait in the queue until you resume.");
    if (this.channel.connections && live(this.channel).length === 0) return this.#unconnected(queue);
    if (queue.waiting) return idle("Waiting", waitingWord(queue.waiting));
    return idle("Ready", queue.muted ? "The next sale plays at once, without sound." : "The next sale plays at once.");
  }

  #unconnected({ length }) {
    const [overlay] = this.overlays();
    if (!overlay) return idle("No overlay connected", "Sales wait until there is one.");
    return [
      el("p", { class: "now-title" }, "No overlay connected"),
      el("div", { class: "now-drag" },
        el("span", {}, "Drag this onto OBS:"), dragHandle(overlay),
        el("span", {}, "or"), copyButton(() => overlay.url, "overlay link", "Copy link")),
      el("p", { class: "hint" }, this.#promise(length)),
    ];
  }

  #promise(length) {
    if (length > 0) return "What waits plays as soon as OBS has it.";
    return this.channel.alerts.length > 0 ? "The next sale waits until OBS has it." : "Your first alert is a minute away.";
  }

  #drawProgress(playing) {
    const bar = byId("progress");
    if (playing?.started && playing.lease === this.#lease) return;
    bar.getAnimations().forEach((animation) => animation.cancel());
    this.#lease = playing?.started ? playing.lease : null;
    if (!this.#lease) return;
    // The two clocks may differ; outside of the play's own span the offset can only be wrong.
    const passed = Date.now() - Date.parse(playing.started);
    const animation = bar.animate([{ transform: "scaleX(0)" }, { transform: "scaleX(1)" }], { duration: playing.duration_ms, fill: "forwards" });
    animation.currentTime = passed > 0 && passed < playing.duration_ms ? passed : 0;
  }
}

function playingBody(alert) {
  return [
    el("p", { class: "now-title" }, foreign(from(alert), "buyer"), alert.amount && el("span", { class: "amount-chip private" }, alert.amount.text)),
    el("p", { class: "now-goods" }, foreign(goods(alert)), alert.message && foreign(`“${alert.message.text}”`, "quote")),
  ];
}

const idle = (title, text) => [el("p", { class: "now-title" }, title), el("p", { class: "hint" }, text)];

function label(id, text, pressed) {
  const button = byId(id);
  button.firstElementChild.textContent = text;
  button.classList.toggle("primary", Boolean(pressed));
}
