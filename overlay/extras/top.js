// Who paid most in the last 24 hours.

import { element, isolated } from "../words.js";

function row({ name, amount }, at) {
  const line = element("li", "x-row");
  const who = element("span", "x-who");
  who.append(isolated("x-name", name));
  line.append(element("span", "x-rank", String(at + 1)), who);
  if (amount) line.append(element("span", "x-sum", amount.text));
  return line;
}

/** The top buyers of `data`. */
export function build({ top }) {
  if (!top?.length) return null;
  const plate = element("section", "x-plate");
  const list = element("ol", "x-list");
  list.append(...top.map(row));
  plate.append(element("h1", "x-label", "Top buyers, 24 h"), list);
  return plate;
}
