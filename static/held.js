// The approval tray: what was written, why it was held, and the four verdicts.

import { byId, el, foreign, shape } from "./element.js";
import { actButton, Rows } from "./list.js";
import { note } from "./note.js";
import { ago, goods, SHAPES } from "./words.js";

const VERDICTS = [
  { as: "full", word: "Show", title: "As it was written" },
  { as: "no_message", word: "No message", title: "The name, without the message" },
  { as: "anonymous", word: "Anonymous", title: "As “Someone”, without the message" },
  { as: "silent", word: "Don't show", title: "Recorded, and never on stream" },
];

const BECAUSE = { words: "a word on your hold list", rule: "one of your rules" };

/** How long a covered text stays uncovered in streamer mode, once somebody asked to read it. Milliseconds. */
const READ_MS = 15_000;

/** Keeps the tray current. `controls`: this role may judge. Gives how many wait, through `counted(number)`. */
export function watchHeld(channel, controls, counted) {
  const rows = new Rows(byId("held"), (alert) => new Held(channel, alert));
  const draw = () => {
    // Who waited longest is decided about first; a day without a verdict, and it is missed.
    const held = [...channel.trays.held.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    rows.draw(controls ? held : []);
    counted(controls ? held.length : 0);
  };
  channel.addEventListener("trays", draw);
  // A look at the connections, now and then, keeps "4 min ago" true.
  channel.addEventListener("connections", draw);
  draw();
}

class Held {
  #about = el("span", { class: "need-about" });
  #why = el("p", { class: "need-text" });
  #written = el("div", { class: "written private" });
  #result = el("p", { class: "result", role: "alert" });
  #said = "";

  constructor(channel, { id }) {
    this.channel = channel;
    const verdicts = VERDICTS.map(({ as, word, title }) =>
      actButton(word, { class: `button small${as === "full" ? " primary" : ""}`, title }, () => this.#decide(id, as), this.#result));
    this.element = el("li", { class: "need", "data-state": "held" },
      el("p", { class: "need-head" }, shape(SHAPES.held), el("span", { class: "need-word" }, "Approve?"), this.#about),
      this.#why,
      this.#written,
      el("div", { class: "verdicts", role: "group", "aria-label": "Verdict" }, this.#readButton(), ...verdicts),
      this.#result);
  }

  draw(alert) {
    this.#why.textContent = `${ago(alert.entered)}, for ${BECAUSE[alert.held_for] ?? "a rule"}`;
    // The rest is read, and perhaps selected: it is only touched when it changes.
    const said = JSON.stringify([alert.written, alert.items, alert.amount]);
    if (said === this.#said) return;
    this.#said = said;
    const { name, message } = alert.written ?? {};
    this.#about.replaceChildren(
      foreign(goods(alert), "goods"), ...(alert.amount ? [" ", el("span", { class: "amount private" }, alert.amount.text)] : []));
    this.#written.replaceChildren(
      el("p", { class: "written-name" }, foreign(name ?? "Someone")),
      message ? el("p", {}, foreign(`“${message}”`)) : el("p", { class: "hint" }, "No message"));
  }

  async #decide(id, verdict) {
    try {
      await this.channel.approve(id, verdict);
    } catch (problem) {
      if (problem.code !== "alert_not_held") throw problem;
      note("Somebody else has decided about it already.");
    }
  }

  // Only in streamer mode is there something to uncover.
  #readButton() {
    const uncover = () => {
      this.#written.classList.remove("private");
      setTimeout(() => this.#written.classList.add("private"), READ_MS);
    };
    return el("button", { type: "button", class: "button small uncover", onclick: uncover }, "Read it");
  }
}
