// How far setting up has come: what the four steps go by, for the setup page and for its mention elsewhere.
// A step is done by what really happened, never by a click on "next".

import { of, read, readList } from "./api.js";
import { live } from "./bar.js";
import { byId, el } from "./element.js";

/** The buyer's name of the alert that only tests the sound. */
export const SOUND_TEST = "Sound test";

/** The steps in their order. */
export const STEPS = ["overlay", "sound", "stripe", "test"];

const NAMES = { overlay: "the overlay in OBS", sound: "the sound", stripe: "Stripe", test: "a test alert" };

/** Says on another page how far setting up has come, in the element `setup`, until all is done. No progress: nothing. */
export function watchPointer(progress) {
  byId("setup").hidden = true;
  progress?.addEventListener("change", () => {
    const { done, settings } = progress;
    const next = STEPS.find((step) => !done[step]);
    byId("setup").hidden = !settings || !next;
    if (!settings || !next) return;
    const count = STEPS.filter((step) => done[step]).length;
    byId("setup").replaceChildren(el("p", { class: "card pointer" },
      el("span", {}, el("b", {}, `Setup: ${count} of ${STEPS.length} done.`), ` Next: ${NAMES[next]}.`),
      el("a", { class: count === 0 ? "button primary" : "button", href: "/setup" }, count === 0 ? "Set up" : "Go on")));
  });
}

/** Event: "change". Owners and admins only: others may read neither links nor secrets. */
export class Progress extends EventTarget {
  /** The streamer's settings and links; null until read. */
  settings = null;
  /** The overlays of kind alerts, with their links. */
  overlays = [];
  /** Those of the other kinds. */
  extras = [];
  secrets = [];

  constructor(channel) {
    super();
    this.channel = channel;
    for (const news of ["connections", "alerts", "alert"]) channel.addEventListener(news, () => this.#tell());
    // A secret may be added on the command line; an alert of a real sale is a reason to look.
    channel.addEventListener("alert", ({ detail }) => detail.test || this.readStripe().catch(() => {}));
  }

  /** Reads everything. */
  async open() {
    const { streamer } = this.channel;
    const overlays = await readList(of(streamer, "overlays"));
    this.overlays = overlays.filter(({ kind }) => kind === "alerts");
    this.extras = overlays.filter(({ kind }) => kind !== "alerts");
    await this.readStripe();
  }

  /** Reads what may have changed at Stripe's end: secrets, and how the last deliveries were answered. */
  async readStripe() {
    const { streamer } = this.channel;
    [this.settings, this.secrets] = await Promise.all([
      read(`/streamers/${encodeURIComponent(streamer)}`),
      readList(of(streamer, "secrets")),
    ]);
    if (this.settings.deliveries?.verified) this.keep({ delivered: true });
    this.#tell();
  }

  /** Which steps are done. */
  get done() {
    const { alerts } = this.channel;
    const kept = this.kept;
    const shown = alerts.filter(({ state }) => state === "shown");
    return {
      overlay: live(this.channel).length > 0 || shown.length > 0,
      sound: Boolean(kept.sound),
      stripe: this.sold || (this.verifies && Boolean(kept.delivered)),
      // A sale that was seen proves as much, and the test may be older than what this page has read.
      test: shown.some(({ buyer }) => buyer.name !== SOUND_TEST),
    };
  }

  /** Whether there is a secret to verify events with: one listed, or one of the configuration. */
  get verifies() {
    return this.secrets.length > 0 || this.settings?.configured_secrets > 0;
  }

  /** Whether a real sale has arrived, by whatever way. */
  get sold() {
    return this.channel.alerts.some(({ test }) => !test);
  }

  /** What no gateway can know, or forgets when it restarts: kept in this browser. */
  get kept() {
    return JSON.parse(localStorage.getItem(this.#place) ?? "{}");
  }

  keep(news) {
    localStorage.setItem(this.#place, JSON.stringify({ ...this.kept, ...news }));
    this.#tell();
  }

  get #place() {
    return `tillbell.setup.${this.channel.streamer}`;
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
