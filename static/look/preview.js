// The preview: a frame with the overlay's own card in it, at the size of a real source, made to fit.

import { choice, toggle } from "../editor/form.js";
import { seconds } from "../editor/lengths.js";
import { el, tell } from "../element.js";
import { SAMPLES } from "./samples.js";

const SIZES = [["1920x1080", "1920 × 1080"], ["800x600", "800 × 600"], ["1080x1920", "1080 × 1920"]];
const SCENES = [["dark", "Dark"], ["light", "Light"], ["busy", "Busy"], ["moving", "Moving"]];
// Of the window's height: an upright picture can be seen whole, and on a phone leaves room for what it shows.
const TALLEST = 0.62;
const TALLEST_ON_PHONE = 0.36;
const PHONE = matchMedia("(max-width: 64rem)");

export class Preview {
  #shown = { size: "1920x1080", scene: "busy", sample: "sale", blend: "obs" };
  #own = [];
  #ready = false;
  #heard = null;
  #frame = el("iframe", { src: "/overlay/preview.html", title: "The alert as viewers see it", tabindex: "-1", allow: "autoplay" });
  #box = el("div", { class: "preview-box" }, this.#frame);
  #sizes = new ResizeObserver(() => this.#fit());
  #onMessage = (message) => this.#hear(message);

  /** Draws in `place` what `draft` would look like; what it is tried on is chosen in `sample`. */
  constructor(place, sample, draft) {
    this.draft = draft;
    place.replaceChildren(el("div", { class: "preview-room" }, this.#box));
    sample.replaceChildren(...this.#choices());
    this.#sizes.observe(place);
    addEventListener("message", this.#onMessage);
    draft.addEventListener("change", () => this.#draw());
  }

  close() {
    this.#sizes.disconnect();
    removeEventListener("message", this.#onMessage);
    this.#frame.remove();
  }

  /** Takes the streamer's own themes, whose sheets are elsewhere: {name, url, base, sounds} each. */
  know(own) {
    this.#own = own;
    this.#draw();
  }

  /** Plays the sound alone, and says in `place` whether it could be heard. */
  listen(place) {
    this.#heard = place;
    tell(place, "");
    this.#post("listen");
  }

  #choices() {
    const set = (key) => (value) => {
      this.#shown[key] = value;
      if (key === "size") this.#fit();
      this.#draw();
    };
    const samples = SAMPLES.map(({ id, words }) => [id, words]);
    return [
      el("div", { class: "preview-bar" },
        el("button", { type: "button", class: "button primary", id: "play", onclick: () => this.#post("draw", true) }, "Play as on stream"),
        choice("Over", SCENES, this.#shown.scene, set("scene")),
        choice("Size", SIZES, this.#shown.size, set("size"))),
      choice("Sample", samples, this.#shown.sample, set("sample"), { className: "choice samples" }),
      toggle("Blend as OBS does", true, (on) => set("blend")(on ? "obs" : "browser"),
        { hint: "OBS lets more of a bright game shine through a plate than a browser does. Judge it this way." }),
    ];
  }

  #settings() {
    const values = this.draft.values;
    const sheets = Object.fromEntries(this.#own.map(({ name, url, base }) => [name, { url, base }]));
    const sounds = Object.fromEntries(this.#own.map(({ name, sounds }) => [name, sounds]));
    return { ...values, duration_ms: seconds(values.duration) * 1000, shop: this.draft.streamer.name, themes: [], sheets, sounds };
  }

  #draw() {
    this.#post("draw");
  }

  #post(type, play = false) {
    if (!this.#ready || !this.draft.get("theme")) return;
    const { scene, blend, sample } = this.#shown;
    const { alert } = SAMPLES.find(({ id }) => id === sample);
    this.#frame.contentWindow.postMessage({ type, settings: this.#settings(), frame: { alert }, scene, blend, play }, location.origin);
  }

  #hear({ origin, source, data }) {
    if (origin !== location.origin || source !== this.#frame.contentWindow) return;
    if (data?.type === "ready") {
      this.#ready = true;
      this.#draw();
    }
    if (data?.type === "listened" && this.#heard) {
      const silent = this.draft.get("sound") === "none" || this.draft.get("volume") === 0;
      if (silent) tell(this.#heard, "Silent, as you chose.");
      else if (data.heard) tell(this.#heard, "Playing.", "good");
      else tell(this.#heard, "This browser did not play it. Is there a sound device?", "bad");
    }
  }

  #fit() {
    const [width, height] = this.#shown.size.split("x").map(Number);
    const room = this.#box.parentElement.clientWidth;
    const scale = Math.min(room / width, (innerHeight * (PHONE.matches ? TALLEST_ON_PHONE : TALLEST)) / height);
    for (const [name, value] of [["--width", `${width}px`], ["--height", `${height}px`], ["--scale", scale]]) {
      this.#box.style.setProperty(name, value);
    }
  }
}
