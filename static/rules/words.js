// A rule in plain words: "When it is a tip of at least €50.00 → drawn as Neon, for 10 s".

import { amountText } from "../editor/money.js";

const KINDS = { sale: "a sale", subscription: "a subscription", renewal: "a renewal", tip: "a tip" };
const SOUNDS = {
  auto: "the sound that fits", bell: "the bell", double: "two strikes", tap: "the wooden tap", paper: "paper and bell", none: "no sound",
};

const either = (words) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`);
const both = (words) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);

function between({ min, max }, write = String) {
  if (min != null && max != null) return min === max ? `exactly ${write(min)}` : `${write(min)} to ${write(max)}`;
  if (min != null) return `at least ${write(min)}`;
  return max == null ? "anything" : `at most ${write(max)}`;
}

const said = {
  kind: (kinds) => `it is ${either(kinds.map((kind) => KINDS[kind] ?? kind))}`,
  amount: ({ currency, ...range }) => `it comes to ${between(range, (minor) => amountText(minor, currency))}`,
  product: (name, { quantity }) => (quantity ? `${between(quantity)} of “${name}” is bought` : `“${name}” is bought`),
  quantity: (range, { product }) => !product && `${between(range)} ${range.min === 1 && range.max === 1 ? "thing is" : "things are"} bought`,
  first_purchase: (first) => (first ? "it is the buyer's first order" : "the buyer has bought before"),
  order: ({ every, ...range }) => both([
    every != null && `it is every ${every}th order of the buyer's`,
    (range.min != null || range.max != null) && `it is the buyer's order ${between(range)}`,
  ].filter(Boolean)),
  test: (test) => (test ? "it is a test" : "it is no test"),
};

/** What a rule's conditions say. */
export function whenWords(when = {}) {
  const parts = Object.keys(said).filter((key) => when[key] != null && !(key === "kind" && when.kind.length === 0));
  const words = parts.map((key) => said[key](when[key], when)).filter(Boolean);
  return words.length ? `When ${both(words)}` : "Every sale";
}

/** What a rule does. `themes` names themes: {neon: "Neon"}. */
export function thenWords(then = {}, themes = {}) {
  if (then.silent) return "recorded, and not shown";
  const words = [
    then.hold && "a person decides first",
    then.theme && `drawn as ${themes[then.theme] ?? then.theme}`,
    then.text != null && `headline “${then.text}”`,
    then.sound && `with ${SOUNDS[then.sound] ?? then.sound}`,
    then.volume != null && `at ${then.volume} % volume`,
    then.duration && `for ${then.duration.replace(/s$/, " s").replace(/m$/, " min")}`,
    then.min_message && `its message from ${amountText(then.min_message.minor, then.min_message.currency)} on`,
  ].filter(Boolean);
  return words.join(", ") || "shown as usual";
}

const CONDITIONS = { first_purchase: "first order", quantity: "how many", order: "which order" };

/** Why a rule does not fit, as the gateway says it: "first_purchase: it is …" -> "first order: it is …". */
export const missWords = (miss) => miss.replace(/^(\w+):/, (_, name) => `${CONDITIONS[name] ?? name}:`);
