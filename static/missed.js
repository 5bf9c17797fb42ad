// The make-good tray: what viewers missed, replayed one by one or all at once.

import { ask } from "./ask.js";
import { byId, el, foreign } from "./element.js";
import { actButton, Rows } from "./list.js";
import { note } from "./note.js";
import { ago, count, from, goods, reasonWord } from "./words.js";

/** What is older than this is kept under "older". Milliseconds. */
const EVENING_MS = 12 * 3_600_000;
const LISTED = 5;

/** Keeps the tray current. `controls`: this role may replay. Gives how many are of this evening. */
export function watchMissed(channel, controls, counted) {
  const make = ({ id }) => new Missed(controls ? () => channel.replay(id) : null);
  const [recent, older] = [new Rows(byId("missed-recent"), make), new Rows(byId("missed-older"), make)];
  const draw = () => {
    const all = controls ? [...channel.trays.missed.values()].sort((a, b) => (a.id < b.id ? 1 : -1)) : [];
    const evening = all.filter(({ entered }) => Date.now() - Date.parse(entered) < EVENING_MS);
    recent.draw(evening.slice(0, LISTED));
    older.draw([...evening.slice(LISTED), ...all.slice(evening.length)]);
    byId("missed").hidden = all.length === 0;
    byId("missed-head").textContent = `Missed ${all.length}`;
    byId("missed-rest").hidden = all.length <= Math.min(evening.length, LISTED);
    byId("missed-rest-count").textContent = `${count(all.length - Math.min(evening.length, LISTED), "more")}`;
    counted(all.length > 0 ? 1 : 0);
  };
  byId("replay-all").onclick = () => replayAll(channel);
  channel.addEventListener("trays", draw);
  channel.addEventListener("connections", draw);
  draw();
}

async function replayAll(channel) {
  const { size } = channel.trays.missed;
  const sure = size <= LISTED || (await ask({
    title: `Replay ${count(size, "alert")}?`,
    text: "They go to the end of the queue, and play one after the other.",
    yes: "Replay all",
  }));
  if (!sure) return;
  try {
    note(`${count(await channel.replayMissed(), "alert")} went back to the queue.`, "good");
  } catch (problem) {
    note(problem.message, "bad");
  }
}

class Missed {
  #what = el("span", { class: "next-what" });
  #amount = el("span", { class: "amount private" });
  #why = el("span", { class: "need-why" });
  #result = el("span", { class: "result", role: "alert" });
  #replay = null;

  constructor(replay) {
    this.#replay = replay && actButton("Replay", { class: "button small" }, replay, this.#result);
    this.element = el("li", { class: "missed-row" }, this.#what, this.#amount, this.#replay, this.#why, this.#result);
  }

  draw(alert) {
    this.#what.replaceChildren(foreign(from(alert), "buyer"), " ", foreign(goods(alert), "goods"));
    this.#amount.textContent = alert.amount?.text ?? "";
    this.#why.textContent = `${ago(alert.entered)}, ${reasonWord(alert.reason ?? alert.state)}`;
    this.#replay?.setAttribute("aria-label", `Replay ${from(alert)}, ${goods(alert)}`);
  }
}
