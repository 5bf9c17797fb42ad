// How much was sold in the last 24 hours. Nothing, when nothing was.

import { element } from "../words.js";

const DIGITS = 4; // more of them are drawn smaller

/** The figure of `data`: things, or orders where nobody said what was in them. */
export function build({ sold }) {
  const { orders = 0, items = 0 } = sold ?? {};
  if (orders === 0) return null;
  const figure = String(items || orders);
  const unit = items > 0 ? "sold" : orders === 1 ? "order" : "orders";
  const plate = element("section", figure.length > DIGITS ? "x-plate x-long" : "x-plate");
  plate.append(element("b", "x-figure", figure), element("span", "x-unit", `${unit} in 24 h`));
  return plate;
}
