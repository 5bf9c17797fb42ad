// The latest buyers: one in a banner, up to five where there is room.

import { bareDeed, deedTo, element, isolated } from "../words.js";

function deed({ kind, item, quantity, more }) {
  const line = element("p", "x-deed");
  if (kind === "tip" || item === null) {
    line.textContent = bareDeed(kind);
    return line;
  }
  line.append(element("span", "x-verb", `${deedTo(kind)} `), isolated("x-item", item));
  if (quantity > 1) line.append(element("span", "x-times", ` ×${quantity}`));
  if (more > 0) line.append(element("span", "x-more", ` and ${more} more`));
  return line;
}

function entry(bought, fresh) {
  const line = element("li", fresh ? "x-entry x-fresh" : "x-entry");
  const words = element("div", "x-words");
  const who = element("p", "x-who");
  who.append(isolated("x-name", bought.name));
  words.append(who, deed(bought));
  line.append(words);
  if (bought.amount) line.append(element("span", "x-sum", bought.amount.text));
  return line;
}

/** The latest of `data`; those that `before` did not have come in. */
export function build({ latest }, before) {
  if (!latest?.length) return null;
  const known = new Set(before?.latest.map(({ id }) => id) ?? []);
  const plate = element("section", "x-plate");
  const list = element("ol", "x-list");
  list.append(...latest.map((bought) => entry(bought, before !== null && !known.has(bought.id))));
  plate.append(element("h1", "x-label", "Latest"), list);
  return plate;
}
