// Lengths of time: the gateway writes "90s", "15m", "1h", "3d"; people choose a number and a unit.

import { el } from "../element.js";
import { field, input, select } from "./form.js";

const UNITS = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
const WORDS = { s: "second", m: "minute", h: "hour", d: "day" };

/** "15m" -> 900; null if it is none. */
export function seconds(text) {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text ?? "") ?? [];
  return unit ? Number(amount) * UNITS[unit] : null;
}

/** A length as two controls: how many, and of what. */
export function lengthField(label, value, changed, { hint, name, units = ["s", "m", "h", "d"] } = {}) {
  const [, amount, unit] = /^(\d+)(\w+)$/.exec(value) ?? ["", "", units[0]];
  const many = input(amount, () => told(), { type: "number", min: 1, step: 1, inputmode: "numeric" });
  const of = select(units.map((key) => [key, `${WORDS[key]}s`]), unit, () => told(), { "aria-label": `${label}: unit` });
  const told = () => changed(`${many.value}${of.value}`);
  const made = field(label, many, { hint, name });
  const pair = el("div", { class: "pair" });
  many.before(pair);
  pair.append(many, of);
  return made;
}
