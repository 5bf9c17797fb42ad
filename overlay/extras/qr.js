// The code that leads to the store, drawn by the gateway.

import { element, isolated } from "../words.js";

/** The code and the name of `data`. */
export function build({ store }) {
  if (!store) return null;
  const plate = element("section", "x-plate");
  const code = element("img", "x-code");
  code.src = new URL(store.qr.replace(/^\//, "../../"), import.meta.url).href;
  code.alt = "";
  const words = element("p", "x-words");
  words.append(isolated("x-name", store.name), element("span", "x-hint", "scan to shop"));
  plate.append(code, words);
  return plate;
}
