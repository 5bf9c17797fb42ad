// NEXT: what waits, in the order in which it will play.

import { byId, el, foreign, shape } from "./element.js";
import { actButton, Rows } from "./list.js";
import { from, goods, SHAPES, stateWord } from "./words.js";

/** More than these are counted, not listed. */
const LISTED = 20;

/** Keeps the list current. `controls`: this role may skip. */
export function watchNext(channel, controls) {
  const rows = new Rows(byId("next-list"), ({ id }) => new Waiting(controls ? () => channel.skip(id) : null));
  channel.addEventListener("queue", () => {
    const { length, next } = channel.queue;
    rows.draw(next.slice(0, LISTED));
    byId("next-count").textContent = length || "";
    byId("next-empty").hidden = length > 0;
    byId("next-more").textContent = length > LISTED ? `and ${length - LISTED} more` : "";
  });
}

class Waiting {
  #what = el("span", { class: "next-what" });
  #amount = el("span", { class: "amount private" });
  #result = el("span", { class: "result", role: "status" });
  #skip = null;

  constructor(skip) {
    this.#skip = skip && actButton(shape(SHAPES.rejected), { class: "button quiet icon" }, skip, this.#result);
    this.element = el("li", { class: "next" }, shape(SHAPES.queued), this.#what, this.#amount, this.#skip, this.#result);
  }

  draw(alert) {
    const tag = alert.test ? "test" : alert.replay_waiting ? "replay" : null;
    this.#what.replaceChildren(
      foreign(from(alert), "buyer"), " ", foreign(goods(alert), "goods"),
      ...(tag ? [" ", el("span", { class: "tag", "data-tag": tag }, tag)] : []));
    this.#amount.textContent = alert.amount?.text ?? "";
    this.#amount.hidden = !alert.amount;
    this.#skip?.setAttribute("aria-label", `Skip ${from(alert)}, ${goods(alert)}, ${stateWord("queued")}`);
    this.#skip?.setAttribute("title", "Skip");
  }
}
