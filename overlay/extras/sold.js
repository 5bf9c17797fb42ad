// How much was sold in the last 24 hours. Nothing, when nothing was.

import { element } from "./extras.js";

/** The figure of `data`: things, or orders where nobody said what was in them. */
export function build({ sold }) {
  const { orders = 0, items = 0 } = sold ?? {};
  if (orders === 0) return null;
  const plate = element("section", "x-plate");
  const unit = items > 0 ? "sold" : orders === 1 ? "order" : "orders";
  plate.append(element("b", "x-figure", String(items || orders)), element("span", "x-unit", `${unit} in 24 h`));
  return plate;
}
