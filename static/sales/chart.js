// A bar chart with its numbers in a table beside it: the picture is for eyes, the table for everybody.

import { el, svg } from "../element.js";

const HEIGHT = 220;
const LEFT = 64;
const BELOW = 28;
const LINES = 4;
const LABEL_EVERY = 90; // pixels: room for "17:00" and air
const LABEL_HALF = 18;

// A round number at or above `value`, so that the lines stand at numbers people read.
function roof(value) {
  if (value <= LINES) return LINES;
  const step = 10 ** Math.floor(Math.log10(value / LINES));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * step * LINES).find((top) => top >= value && Number.isInteger(top / LINES));
}

/** The chart of `bars`, {label, long, value} each, `width` pixels wide. `write` says a value in words; `title` what it is a chart of. */
export function chart(title, bars, write, width) {
  const most = Math.max(0, ...bars.map(({ value }) => value));
  const top = roof(most);
  const room = (width - LEFT) / bars.length;
  const y = (value) => (HEIGHT - BELOW) * (1 - value / top) + 8;
  const every = Math.ceil((bars.length * LABEL_EVERY) / (width - LEFT));
  const lines = Array.from({ length: LINES + 1 }, (_, at) => (top / LINES) * at);
  const named = { role: "img", "aria-label": `${title}. The table below has its numbers.` };
  return svg("svg", { viewBox: `0 0 ${width} ${HEIGHT + 8}`, class: "chart", ...named },
    ...lines.map((value) => svg("g", {},
      svg("line", { x1: LEFT, x2: width, y1: y(value), y2: y(value), class: value === 0 ? "axis" : "line" }),
      svg("text", { x: LEFT - 10, y: y(value) + 4, class: "end" }, write(value)))),
    ...bars.map(({ label, long, value }, at) => svg("g", {},
      svg("title", {}, `${long}: ${write(value)}`),
      svg("rect", { x: LEFT + at * room, y: 0, width: room, height: HEIGHT, class: "reach" }),
      value > 0 && svg("rect", { x: LEFT + (at + 0.14) * room, y: y(value), width: room * 0.72, height: y(0) - y(value), rx: 2, class: "bar-of" }),
      at % every === 0 && svg("text", { x: Math.min(LEFT + (at + 0.5) * room, width - LABEL_HALF), y: HEIGHT + 2, class: "middle" }, label))));
}

/** The same numbers as a table. `columns` are [heading, (bar) => text, covered in streamer mode?]. */
export function chartTable(caption, bars, columns) {
  const head = columns.map(([heading]) => el("th", { scope: "col", class: "number" }, heading));
  const row = (bar) => columns.map(([, write, secret]) => el("td", { class: secret ? "number private" : "number" }, write(bar)));
  return el("details", { class: "chart-table" },
    el("summary", {}, "The numbers"),
    el("div", { class: "table-room", tabindex: "0", role: "region", "aria-label": caption },
      el("table", {}, el("caption", { class: "unseen" }, caption),
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "When"), ...head)),
        el("tbody", {}, ...bars.map((bar) => el("tr", {}, el("th", { scope: "row" }, bar.long), ...row(bar)))))));
}
