// Building the page out of elements. There is no way here to turn a string into markup,
// so whatever a buyer typed stays text.

const SVG = "http://www.w3.org/2000/svg";

/** The element of that id; a missing one is a mistake in index.html. */
export const byId = (id) => document.getElementById(id);

/** Makes an element. Children are elements or strings; null and false are left out. */
export function el(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** Makes an element of a picture. */
export const svg = (tag, attributes = {}, ...children) => furnish(document.createElementNS(SVG, tag), attributes, children);

/** A 16 px shape in the colour of the text around it. It always stands beside a word. */
export function shape(path) {
  return svg("svg", { viewBox: "0 0 16 16", class: "shape", "aria-hidden": "true" }, svg("path", { d: path, "fill-rule": "evenodd" }));
}

/** Text of foreign origin, kept from turning the direction of what stands beside it. */
export const foreign = (text, className) => el("bdi", className ? { class: className } : {}, text);

/** Shows what came of an action: `kind` is "good", "bad" or "plain". */
export function tell(place, text, kind = "plain") {
  place.textContent = text;
  place.dataset.kind = kind;
}

function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}
