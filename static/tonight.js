// TONIGHT: what the evening came to so far, hour by hour, and how far the goal is.

import { of, read } from "./api.js";
import { byId, el, foreign } from "./element.js";
import { gather } from "./gather.js";
import { clock, count, sumOf } from "./words.js";

/** An evening begins at this hour of the day, so that midnight cuts no stream in two. */
const BEGINS_AT = 6;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Fewer hours than these are no chart. */
const HOURS_LEAST = 6;

/** Keeps the strip current; gives how to stop. Who cannot read the board sees no strip. */
export function watchTonight(channel) {
  const { soon, stop } = gather(async () => {
    const now = Date.now();
    const begun = eveningOf(now);
    const since = Math.max(Math.ceil((now - begun) / MINUTE_MS), 1);
    const board = await read(of(channel.streamer, `board?since=${since}m`)).catch(() => null);
    byId("tonight-board").hidden = !board;
    if (board) show(board, begun, now);
  });
  channel.addEventListener("alerts", soon);
  channel.addEventListener("alert", ({ detail }) => detail.test || soon());
  return stop;
}

/** When the evening of `now` began, both in milliseconds. */
function eveningOf(now) {
  const begun = new Date(now);
  begun.setHours(BEGINS_AT, 0, 0, 0);
  if (begun > now) begun.setDate(begun.getDate() - 1);
  return begun.getTime();
}

function show({ sold, by_hour: byHour, goal }, begun, now) {
  byId("tonight-orders").textContent = count(sold.orders, "order");
  const sums = sumOf(byHour.flatMap(({ amounts }) => amounts ?? []));
  byId("tonight-amounts").replaceChildren(...sums.map((sum) => el("span", { class: "tonight-amount private" }, sum)));
  const orders = new Map(byHour.map((hour) => [Date.parse(hour.hour), hour.orders]));
  showBars(hoursFrom(begun, now).map((hour) => ({ hour, orders: orders.get(hour) ?? 0 })));
  byId("goal").hidden = !goal;
  if (goal) showGoal(goal);
}

// The board counts in hours of UTC.
function hoursFrom(begun, now) {
  const first = Math.floor(begun / HOUR_MS) * HOUR_MS;
  return Array.from({ length: Math.floor((now - first) / HOUR_MS) + 1 }, (_, at) => first + at * HOUR_MS);
}

function showBars(all) {
  const first = all.findIndex(({ orders }) => orders > 0);
  const hours = first < 0 ? [] : all.slice(Math.max(Math.min(first, all.length - HOURS_LEAST), 0));
  const most = Math.max(...hours.map(({ orders }) => orders));
  const at = (hour) => clock(hour).slice(0, 5);
  const place = byId("tonight-bars");
  place.hidden = hours.length === 0;
  place.setAttribute("aria-label", `Orders by hour: ${hours.map(({ hour, orders }) => `${at(hour)} ${orders}`).join(", ")}`);
  place.replaceChildren(...hours.map(({ hour, orders }) => {
    const bar = el("span", { class: "hour", title: `${at(hour)}: ${count(orders, "order")}` });
    bar.style.setProperty("--part", String(orders / most));
    return bar;
  }));
}

function showGoal({ title, percent, amount, orders }) {
  byId("goal-title").replaceChildren(foreign(title));
  byId("goal-part").textContent = `${percent} %`;
  byId("goal-text").textContent = amount ? `${amount.done.text} of ${amount.target.text}` : orders ? `${orders.done} of ${orders.target}` : "";
  byId("goal-text").classList.toggle("private", Boolean(amount));
  byId("goal-fill").style.setProperty("--part", String(Math.min(percent, 100) / 100));
}
