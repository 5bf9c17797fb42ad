// The feed: one row per alert, newest first; a row opens its story in place.

import { byId, el, foreign, shape, tell } from "./element.js";
import { arrange } from "./list.js";
import { fillStory } from "./story.js";
import { clock, day, from, goods, proofLine, SHAPES, stateWord } from "./words.js";

/** States worth saying aloud to those who listen to the page. */
const ANNOUNCED = new Set(["playing", "held", "missed", "interrupted"]);

/** Keeps the feed current. `controls`: this role may replay. */
export function watchFeed(channel, controls) {
  const feed = new Feed(channel, controls);
  channel.addEventListener("alerts", () => feed.drawAll());
  channel.addEventListener("alert", ({ detail }) => feed.draw(detail));
  byId("older").onclick = () => channel.readOlder().catch((problem) => tell(byId("announcer"), problem.message));
}

class Feed {
  #rows = new Map();
  #place = byId("feed");

  constructor(channel, controls) {
    this.channel = channel;
    this.controls = controls;
  }

  drawAll() {
    const { alerts, older } = this.channel;
    const kept = new Map();
    for (const alert of alerts) {
      const row = this.#rows.get(alert.id) ?? new Row(this.channel, this.controls);
      row.draw(alert);
      kept.set(alert.id, row);
    }
    this.#rows = kept;
    this.#arrange();
    byId("older").hidden = !older;
  }

  draw(alert) {
    const known = this.#rows.get(alert.id);
    const row = known ?? new Row(this.channel, this.controls);
    if (row.state !== alert.state && ANNOUNCED.has(alert.state)) {
      tell(byId("announcer"), `${stateWord(alert.state)}: ${from(alert)}, ${goods(alert)}`);
    }
    row.draw(alert);
    if (known) return;
    row.element.classList.add("arriving");
    this.#rows.set(alert.id, row);
    this.#arrange();
  }

  #arrange() {
    arrange(this.#place, this.#wanted());
    byId("feed-empty").hidden = this.#rows.size > 0;
  }

  #wanted() {
    // Stripe counts whole seconds; within one the ids, which sort by time, tell what came later.
    const rows = [...this.#rows.values()].sort((a, b) => b.created - a.created || (a.alert.id < b.alert.id ? 1 : -1));
    let heading = "Today";
    return rows.flatMap((row) => {
      const its = day(row.created);
      if (its === heading) return [row.element];
      heading = its;
      return [el("li", { class: "day" }, its), row.element];
    });
  }
}

class Row {
  state = null;
  created = 0;
  #open = false;
  #button = el("button", { type: "button", class: "row", "aria-expanded": "false", onclick: () => this.#toggle() });
  #story = el("div", { class: "story", hidden: true });
  element = el("li", {}, this.#button, this.#story);

  constructor(channel, controls) {
    this.channel = channel;
    this.controls = controls;
  }

  draw(alert) {
    this.alert = alert;
    this.state = alert.state;
    this.created = Date.parse(alert.created);
    this.element.dataset.state = alert.state;
    this.#button.replaceChildren(...rowParts(alert));
    if (this.#open) this.#fill();
  }

  #toggle() {
    this.#open = !this.#open;
    this.#button.setAttribute("aria-expanded", String(this.#open));
    this.#story.hidden = !this.#open;
    if (this.#open) this.#fill();
  }

  #fill() {
    const { id } = this.alert;
    fillStory(this.#story, this.alert, this.controls ? () => this.channel.replay(id) : null);
  }
}

function rowParts(alert) {
  const proof = proofLine(alert);
  return [
    el("time", { class: "row-time", datetime: alert.created }, clock(alert.created)),
    el("span", { class: "state" }, shape(SHAPES[alert.state] ?? SHAPES.silent), stateWord(alert.state)),
    el("span", { class: "row-what" },
      foreign(from(alert), "buyer"), " ", foreign(goods(alert), "goods"),
      alert.message && foreign(`“${alert.message.text}”`, "quote")),
    el("span", { class: "row-tags" }, ...tags(alert)),
    el("span", { class: "amount private", hidden: !alert.amount }, alert.amount?.text ?? ""),
    proof && el("span", { class: "row-proof" }, proof),
  ].filter(Boolean);
}

function tags({ test, replay, replay_waiting: replayWaits, refunded }) {
  const words = [test && "test", replay && "replay", replayWaits && "replay waits", refunded && "refunded"];
  return words.filter(Boolean).map((word) => el("span", { class: "tag", "data-tag": word }, word));
}
