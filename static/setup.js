// The setup panel: overlay, Stripe, test. Each step's number turns to a tick by what really happened.

import { of, post, read, readList } from "./api.js";
import { live } from "./bar.js";
import { byId, el, tell } from "./element.js";
import { breakable, dragHandle, linkLine } from "./links.js";

/** Reads what the panel shows, and keeps it. For owners and admins only. */
export class Setup {
  overlays = [];

  constructor(channel) {
    this.channel = channel;
    byId("setup").hidden = false;
    byId("secret-form").onsubmit = (submit) => this.#addSecret(submit);
    byId("secret-form").reset();
    tell(byId("secret-result"), "");
    tick("step-stripe", false);
    channel.addEventListener("connections", () => tick("step-overlay", live(channel).length > 0));
    channel.addEventListener("alerts", () => tick("step-test", this.#tested()));
    channel.addEventListener("alert", () => tick("step-test", this.#tested()));
    // A secret may be added on the command line, or be the gateway's own: the first sale tells.
    channel.addEventListener("alerts", () => this.#lookForSecret());
    channel.addEventListener("alert", ({ detail }) => detail.test || this.#lookForSecret());
  }

  async open() {
    const { streamer } = this.channel;
    const [settings, overlays] = await Promise.all([
      read(`/streamers/${encodeURIComponent(streamer)}`),
      readList(of(streamer, "overlays")),
      this.#readSecrets(),
    ]);
    this.overlays = overlays.filter(({ kind }) => kind === "alerts");
    byId("overlay-links").replaceChildren(...this.overlays.map(overlayLine));
    byId("webhook-link").replaceChildren(linkLine(settings.webhook_url, "webhook link"));
    noteReach(settings.webhook_url);
  }

  async #readSecrets() {
    const secrets = await readList(of(this.channel.streamer, "secrets"));
    const sold = this.channel.alerts.some(({ test }) => !test);
    byId("secrets").textContent = secretsLine(secrets, sold);
    tick("step-stripe", sold || secrets.length > 0);
  }

  #lookForSecret() {
    if (byId("step-stripe").dataset.done !== "true") this.#readSecrets().catch(() => {});
  }

  async #addSecret(submit) {
    submit.preventDefault();
    const field = byId("secret");
    const result = byId("secret-result");
    try {
      const added = await post(of(this.channel.streamer, "secrets"), { secret: field.value.trim() });
      field.value = "";
      tell(result, `Added …${added.ends_in}. Events signed with it are accepted from now on.`, "good");
      await this.#readSecrets();
    } catch (problem) {
      tell(result, problem.message, "bad");
    }
  }

  #tested() {
    return this.channel.alerts.some(({ test, state }) => test && state === "shown");
  }
}

function secretsLine(secrets, sold) {
  const ends = secrets.map(({ ends_in: end }) => `…${end}`).join(", ");
  if (secrets.length > 0) return `${secrets.length === 1 ? "One secret" : `${secrets.length} secrets`}, ending in ${ends}`;
  return sold ? "Sales arrive: the gateway has a secret of its own, or asks Stripe for them." : "No secret yet, so no event of Stripe's can be verified.";
}

function overlayLine(overlay) {
  return el("div", { class: "overlay" }, dragHandle(overlay), linkLine(overlay.url, `overlay link ${overlay.name}`, { secret: true }));
}

function noteReach(url) {
  const { hostname } = new URL(url);
  const note = byId("webhook-note");
  note.hidden = !["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  note.replaceChildren(
    "Only this machine can reach that link. Give Tillbell a public address with ", el("code", {}, "--public-url"),
    ", or let Stripe's command line forward to it: ", el("code", { class: "command-line" }, "stripe listen --forward-to ", ...breakable(url)));
}

function tick(step, done) {
  byId(step).dataset.done = String(done);
  byId(step).querySelector(".tick").setAttribute("aria-label", done ? "Done:" : "To do:");
}
