// Lists that change under people's hands: what stands right is not moved, so focus, an open story and what a
// screen reader reads stay where they are.

import { el } from "./element.js";

/**
 * Makes `place` hold exactly these elements in this order. If the one with the focus goes, its neighbour gets it, or the
 * heading; not a button of the neighbour, because a key pressed twice must not act twice.
 */
export function arrange(place, wanted) {
  const stays = new Set(wanted);
  const there = [...place.children];
  const focused = there.findIndex((element) => element.contains(document.activeElement));
  const lost = focused >= 0 && !stays.has(there[focused]);
  const heir = lost && (there.slice(focused).find((element) => stays.has(element)) ?? wanted.at(-1));
  for (const element of there) if (!stays.has(element)) element.remove();
  wanted.forEach((element, at) => {
    if (place.children[at] !== element) place.insertBefore(element, place.children[at] ?? null);
  });
  if (!lost) return;
  const next = heir ?? place.closest("section").querySelector("h2");
  next.tabIndex = -1;
  next.focus();
}

/** A list of rows, one per item and kept as long as its item: `make(item)` gives `{element, draw(item)}`. */
export class Rows {
  #rows = new Map();

  constructor(place, make) {
    this.place = place;
    this.make = make;
  }

  /** Draws these items, which have an `id`, in their order. */
  draw(items) {
    const kept = new Map();
    for (const item of items) {
      const row = this.#rows.get(item.id) ?? this.make(item);
      row.draw(item);
      kept.set(item.id, row);
    }
    this.#rows = kept;
    arrange(this.place, [...kept.values()].map(({ element }) => element));
  }
}

/** A button that does `act()` once at a time and shows in `result` why it could not. */
export function actButton(word, attributes, act, result) {
  const button = el("button", { type: "button", ...attributes }, word);
  button.addEventListener("click", async () => {
    // Not disabled: a button that is loses the focus.
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    result.textContent = "";
    try {
      await act();
    } catch (problem) {
      result.textContent = problem.message;
      result.dataset.kind = "bad";
    }
    button.removeAttribute("aria-busy");
  });
  return button;
}
