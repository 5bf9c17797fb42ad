// What was sold over a while: how much, when, what and by whom.

import { of, read } from "../api.js";
import { choice } from "../editor/form.js";
import { amountText } from "../editor/money.js";
import { el, foreign } from "../element.js";
import { gather } from "../gather.js";
import { clock, count } from "../words.js";
import { chart, chartTable } from "./chart.js";

const SPANS = [["24h", "24 hours"], ["7d", "7 days"], ["30d", "30 days"]];
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CHART_MIN = 260; // pixels

/** Says "read" whenever it was read anew. */
export class SalesBoard extends EventTarget {
  #span = "24h";
  #measure = "orders";
  #board = null;
  #totals = [];
  #gathering = gather(() => this.open());
  #width = CHART_MIN;
  // The chart is drawn for the room it has, so that its words are as large as all others.
  #sizes = new ResizeObserver(([{ contentRect: { width } }]) => {
    const room = Math.max(CHART_MIN, Math.floor(width));
    if (room === this.#width) return;
    this.#width = room;
    if (this.#board) this.#draw();
  });

  constructor(place, lists, channel) {
    super();
    this.place = place;
    this.lists = lists;
    this.streamer = channel.streamer;
    for (const news of ["alert", "alerts"]) channel.addEventListener(news, this.#gathering.soon);
    this.#sizes.observe(place);
  }

  /** The goal as it stands, or null. */
  get goal() {
    return this.#board?.goal ?? null;
  }

  async open() {
    [this.#board, { data: this.#totals }] = await Promise.all([
      read(of(this.streamer, `board?since=${this.#span}`)),
      read(of(this.streamer, "totals")),
    ]);
    this.#draw();
    this.dispatchEvent(new Event("read"));
  }

  close() {
    this.#sizes.disconnect();
    this.#gathering.stop();
  }

  #draw() {
    const board = this.#board;
    const bars = this.#bars();
    const currencies = [...new Set(board.by_hour.flatMap(({ amounts }) => amounts ?? []).map(({ currency }) => currency))].sort();
    if (!currencies.includes(this.#measure)) this.#measure = "orders";
    const focused = this.place.contains(document.activeElement) ? document.activeElement.value : null;
    this.place.replaceChildren(...this.#parts(board, bars, currencies));
    if (focused) this.place.querySelector(`input[value="${CSS.escape(focused)}"]`)?.focus();
    this.lists.replaceChildren(
      list("Best sellers", "What sells most stands here.",
        board.best_sellers.map(({ name, quantity }) => [foreign(name), el("span", {}, `×${quantity}`)])),
      list(`Top buyers in ${board.currency}`, "Who gave most, by the name they chose.",
        board.top.map(({ name, orders, amount }) => [beside(foreign(name), count(orders, "order")), secret(amount?.text)])),
      list("Latest", "The newest sales stand here.", board.latest.map((sale) => [latest(sale), secret(sale.amount?.text)])),
      list("All time", "The sum of all sales, less what went back.",
        this.#totals.map(({ currency, orders, amount }) => [beside(currency, count(orders, "order")), secret(amount?.text)])));
  }

  #parts(board, bars, currencies) {
    const words = SPANS.find(([span]) => span === this.#span)[1];
    const title = this.#measure === "orders" ? `Orders of the last ${words}` : `${this.#measure} of the last ${words}`;
    const write = (value) => (this.#measure === "orders" ? String(value) : amountText(value, this.#measure));
    const paid = currencies.map((currency) => [currency, bars.reduce((sum, { amounts }) => sum + (amounts[currency] ?? 0), 0)]);
    const value = ({ orders, amounts }) => (this.#measure === "orders" ? orders : amounts[this.#measure] ?? 0);
    const drawn = chart(title, bars.map((bar) => ({ ...bar, value: value(bar) })), write, this.#width);
    const measures = [["orders", "Orders"], ...currencies.map((currency) => [currency, currency])];
    const set = (key) => (value) => {
      if (key === "span") this.#span = value;
      else this.#measure = value;
      if (key === "span") this.open().catch(() => {});
      else this.#draw();
    };
    return [
      el("div", { class: "group-head" }, el("h2", { class: "group-title", id: "board-heading" }, `The last ${words}`),
        choice("Of the last", SPANS, this.#span, set("span"), { className: "choice plain-choice" })),
      el("dl", { class: "figures" },
        figure("Orders", String(board.sold.orders)), figure("Things", String(board.sold.items)),
        ...paid.map(([currency, minor]) => figure(currency, amountText(minor, currency), true))),
      measures.length > 1 && choice("Drawn", measures, this.#measure, set("measure"), { className: "choice plain-choice" }),
      el("div", { class: this.#measure === "orders" ? "chart-room" : "chart-room private" }, drawn),
      board.sold.orders === 0 && el("p", { class: "hint" }, "Nothing was sold in this while. A sale stands here the moment it is paid."),
      chartTable(title, bars, [["Orders", ({ orders }) => String(orders)], ...currencies.map(sums)]),
      board.cut && el("p", { class: "hint" }, `Made from the newest ${board.read} alerts: what is older is not in it.`),
    ].filter(Boolean);
  }

  // One bar for each hour of a day, or each day of more, in this device's own time; empty ones too.
  #bars() {
    const hourly = this.#span === "24h";
    const start = (time) => {
      const date = new Date(time);
      return (hourly ? date.setMinutes(0, 0, 0) : date.setHours(0, 0, 0, 0));
    };
    const bars = new Map();
    const until = Date.parse(this.#board.until);
    for (let at = Date.parse(this.#board.since); at <= until; at += hourly ? HOUR_MS : DAY_MS) bars.set(start(at), null);
    bars.set(start(until), null);
    for (const at of bars.keys()) bars.set(at, bar(at, hourly));
    for (const { hour, orders, amounts } of this.#board.by_hour) {
      const into = bars.get(start(hour)) ?? [...bars.values()][0];
      into.orders += orders;
      for (const { currency, minor } of amounts ?? []) into.amounts[currency] = (into.amounts[currency] ?? 0) + minor;
    }
    return [...bars.values()];
  }
}

function bar(at, hourly) {
  const date = new Date(at);
  const hour = clock(at).slice(0, 5);
  const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  const weekday = date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
  return { label: hourly ? hour : day, long: hourly ? `${day}, ${hour}` : weekday, orders: 0, amounts: {} };
}

// A column of the table: what was paid in that currency, for nobody's eyes in streamer mode.
const sums = (currency) => [currency, ({ amounts }) => (amounts[currency] ? amountText(amounts[currency], currency) : "–"), true];

const beside = (what, less) => el("span", {}, what, el("span", { class: "hint" }, " ", less));

const secret = (text) => el("span", { class: "amount private" }, text ?? "");

const figure = (word, value, hidden) =>
  el("div", {}, el("dt", {}, word), el("dd", { class: hidden ? "private" : null }, value));

function latest({ name, item, quantity, more, kind }) {
  const what = item ? `${item}${quantity > 1 ? ` ×${quantity}` : ""}${more ? ` and ${more} more` : ""}` : { tip: "Tip" }[kind] ?? "Sale";
  return beside(foreign(name), foreign(what));
}

function list(title, empty, rows) {
  return el("section", { class: "card group" }, el("h2", { class: "group-title" }, title),
    rows.length ? el("ol", { class: "figures-list" }, ...rows.map(([what, value]) => el("li", {}, what, value))) : el("p", { class: "hint" }, empty));
}
