// Warnings among what needs a person: sources, dead letters, Stripe. Each says what happened and what to do.

import { read, readList } from "./api.js";
import { byId, el, foreign, shape } from "./element.js";
import { Rows } from "./list.js";
import { Sources, sourceWarnings } from "./sources.js";
import { clock, count, obsWord, SHAPES } from "./words.js";

/** How often is asked for what makes no entry in the log. Milliseconds. */
const LOOK_MS = 60_000;
const LETTERS_READ = 100;

/** Refusals that mean Stripe's own deliveries are lost. What strangers send to the door is not told. */
const REFUSED = {
  signature_mismatch: "The signature does not match: the endpoint's secret is another one.",
  secret_not_configured: "There is no signing secret yet.",
  timestamp_too_old: "It was signed too long ago: look at the clock of this machine.",
  timestamp_in_future: "It was signed in the future: look at the clock of this machine.",
};

/** Keeps the warnings current until the visit ends; gives how to stop. `counted(number)` hears how many there are. */
export function watchWarnings(channel, { admin, owns }, counted) {
  const sources = new Sources();
  const rows = new Rows(byId("warnings"), (warning) => new Warning(warning));
  let [timer, ofShop] = [0, []];
  const draw = () => {
    const now = Date.now();
    const all = [...sourceWarnings(channel.connections ?? [], sources, now), ...ofShop];
    rows.draw(all.map((warning) => ({ ...warning, dismiss: warning.dismiss && (() => (warning.dismiss(), draw())) })));
    counted(all.length);
    clearTimeout(timer);
    const next = sources.next(now);
    if (next !== null) timer = setTimeout(draw, next);
  };
  channel.addEventListener("connections", () => {
    // A gateway that restarts has nobody connected for a moment; its own chip says that.
    if (channel.connections && channel.linked) sources.look(channel.connections, Date.now());
    draw();
  });
  const look = async () => {
    if (document.hidden) return;
    ofShop = (await Promise.all([owns && letters(admin ? "" : channel.streamer), admin && stripe()])).filter(Boolean);
    draw();
  };
  const looking = setInterval(() => look().catch(() => {}), LOOK_MS);
  look().catch(() => {});
  return () => {
    clearInterval(looking);
    clearTimeout(timer);
  };
}

// The admin's are all of them: an event of nobody's is theirs to decide about.
async function letters(streamer) {
  const dead = await readList(`/dead-letters?limit=${LETTERS_READ}${streamer && `&streamer=${encodeURIComponent(streamer)}`}`);
  if (dead.length === 0) return null;
  const number = dead.length === LETTERS_READ ? `${LETTERS_READ} or more events` : count(dead.length, "event");
  return { id: "letters", title: `${number} could not become a sale`, text: "Nothing is lost: they are kept until you decide.", link: ["/sales", "See why"] };
}

async function stripe() {
  const { last_webhook: last } = await read("/status");
  if (!last || !REFUSED[last.result]) return null;
  return {
    id: "stripe", title: `Stripe's delivery at ${clock(last.at)} was refused`,
    text: REFUSED[last.result], link: ["/setup", "Open setup"],
  };
}

class Warning {
  #title = el("span", { class: "need-word" });
  #text = el("p", { class: "need-text" });
  #places = el("ul", { class: "need-places" });
  #end = el("div", { class: "need-end" });
  element = el("li", { class: "need", "data-state": "warning" },
    el("p", { class: "need-head" }, shape(SHAPES.warning), this.#title), this.#text, this.#places, this.#end);
  #said = "";

  draw({ title, text, places = [], link, dismiss }) {
    this.dismiss = dismiss;
    // It is drawn at every look, and its buttons keep their focus.
    const said = JSON.stringify([title, text, places.map(({ id }) => id)]);
    if (said === this.#said) return;
    this.#said = said;
    this.#title.textContent = title;
    this.#text.textContent = text;
    this.#places.replaceChildren(...places.map(placeLine));
    this.#end.replaceChildren(...[
      link && el("a", { class: "button small", href: link[0] }, link[1]),
      dismiss && el("button", { type: "button", class: "button small", onclick: () => this.dismiss() }, "I know"),
    ].filter(Boolean));
  }
}

const placeLine = ({ overlay, obs, remote }) =>
  el("li", {}, foreign(overlay.name), ` · ${obsWord(obs)}`, remote && " · ", remote && el("span", { class: "private" }, remote));
