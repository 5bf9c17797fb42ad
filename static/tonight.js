// TONIGHT: what the evening came to so far, hour by hour, and how far the goal is.

import { of, read } from "./api.js";
import { byId, el, foreign } from "./element.js";
import { count } from "./words.js";

/** An evening begins at this hour of the day, so that midnight cuts no stream in two. */
const BEGINS_AT = 6;
const HOUR_MS = 3_600_000;
/** Sales come in bursts; one read serves the burst. Milliseconds. */
const GATHER_MS = 1_000;

/** Keeps the strip current; gives how to stop. Without a board there is no strip but the test button. */
export function watchTonight(channel) {
  let gathering = 0;
  const draw = async () => {
    gathering = 0;
    const hours = hoursOfEvening(new Date());
    const board = await read(of(channel.streamer, `board?since=${hours.length}h`)).catch(() => null);
    byId("tonight-board").hidden = !board;
    if (board) show(board, hours);
  };
  const soon = () => (gathering ||= setTimeout(draw, GATHER_MS));
  channel.addEventListener("alerts", soon);
  channel.addEventListener("alert", ({ detail }) => detail.test || soon());
  return () => clearTimeout(gathering);
}

// The hours of this evening that have begun, as their first moments, oldest first.
function hoursOfEvening(now) {
  const begun = new Date(now);
  begun.setHours(BEGINS_AT, 0, 0, 0);
  if (begun > now) begun.setDate(begun.getDate() - 1);
  return Array.from({ length: Math.floor((now - begun) / HOUR_MS) + 1 }, (_, at) => begun.getTime() + at * HOUR_MS);
}

function show({ sold, by_hour: byHour, goal }, hours) {
  const orders = new Map(byHour.map((hour) => [Date.parse(hour.hour), hour.orders]));
  byId("tonight-orders").textContent = count(sold.orders, "order");
  byId("tonight-amounts").replaceChildren(...amounts(sold.amounts ?? []));
  showBars(hours.map((hour) => ({ hour, orders: orders.get(hour) ?? 0 })));
  byId("goal").hidden = !goal;
  if (goal) showGoal(goal);
}

const amounts = (list) => list.map(({ text }) => el("span", { class: "tonight-amount private" }, text));

function showBars(all) {
  const first = all.findIndex(({ orders }) => orders > 0);
  const bars = first < 0 ? [] : all.slice(first);
  const most = Math.max(...bars.map(({ orders }) => orders), 1);
  const at = (hour) => new Date(hour).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const place = byId("tonight-bars");
  place.hidden = bars.length === 0;
  place.setAttribute("aria-label", `Orders by hour: ${bars.map(({ hour, orders }) => `${at(hour)} ${orders}`).join(", ")}`);
  place.replaceChildren(...bars.map(({ hour, orders }) => {
    const bar = el("span", { class: "hour", title: `${at(hour)}: ${count(orders, "order")}` });
    bar.style.setProperty("--part", String(orders / most));
    return bar;
  }));
}

function showGoal({ title, part, text }) {
  byId("goal-title").replaceChildren(foreign(title));
  byId("goal-part").textContent = `${Math.floor(part * 100)} %`;
  byId("goal-text").textContent = text ?? "";
  byId("goal-fill").style.setProperty("--part", String(Math.min(part, 1)));
}
