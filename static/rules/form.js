// The form of one rule: its conditions and what it does, each added when it is wanted.

import { choice, field, input, number, select, toggle } from "../editor/form.js";
import { lengthField } from "../editor/lengths.js";
import { CURRENCIES, minorOf, plainAmount } from "../editor/money.js";
import { el } from "../element.js";
import { themeOptions, SOUNDS } from "../look/controls.js";

const KINDS = [["sale", "Sale"], ["tip", "Tip"], ["subscription", "Subscription"], ["renewal", "Renewal"]];
const yesNo = (yes, no) => [["true", yes], ["false", no]];

// An object with one member changed; null takes it out.
function having(object, key, value) {
  const { [key]: _, ...rest } = object ?? {};
  return value === null || value === undefined ? rest : { ...rest, [key]: value };
}

// Amounts beside it are drawn again: another currency may have other decimals.
function currencySelect(code, set) {
  const chosen = code.toLowerCase();
  const options = [...new Set([chosen, ...CURRENCIES])].map((each) => [each, each.toUpperCase()]);
  return select(options, chosen, (currency) => set((now) => ({ ...now, currency }), true));
}

// An amount in its currency's own decimals. What is no amount is told as null and said to be wrong at once.
function amountInput(minor, currency, changed, attributes) {
  const control = input(minor == null ? "" : plainAmount(minor, currency), (text) => {
    const read = text.trim() === "" ? null : minorOf(text, currency);
    control.setCustomValidity(text.trim() !== "" && read === null ? "An amount, like 25 or 25.00." : "");
    control.reportValidity();
    if (control.validity.valid) changed(read);
  }, { inputmode: "decimal", placeholder: "any", ...attributes });
  return control;
}

const rangeFields = (range, changed, name, words) => [
  field(words[0], number(range.min, (min) => changed((now) => having(now, "min", min)), { placeholder: "any" }), { name: `${name}.min` }),
  field(words[1], number(range.max, (max) => changed((now) => having(now, "max", max)), { placeholder: "any" }), { name: `${name}.max` }),
];

/** The conditions: what they are called, what they begin as, and their fields. */
const CONDITIONS = {
  kind: {
    words: "What kind of sale it is",
    begin: () => ["tip"],
    fields: (kinds, set) => KINDS.map(([kind, words]) =>
      toggle(words, kinds.includes(kind), (on) => set((now) => KINDS.map(([key]) => key).filter((key) => (key === kind ? on : now.includes(key)))))),
  },
  amount: {
    words: "What it comes to",
    begin: ({ currency }) => ({ currency, min: 5000 }),
    fields: (range, set, name) => [
      field("At least", amountInput(range.min, range.currency, (min) => set((now) => having(now, "min", min))), { name: `${name}.min` }),
      field("At most", amountInput(range.max, range.currency, (max) => set((now) => having(now, "max", max))), { name: `${name}.max` }),
      field("Currency", currencySelect(range.currency, set), { name: `${name}.currency`, hint: "Other currencies do not fit." }),
    ],
  },
  product: {
    words: "What is bought",
    begin: () => "hoodie*",
    fields: (product, set) => [field("Product", input(product, set, { maxlength: 100 }),
      { hint: "As it is called at Stripe, in any case. A * stands for any text.", wide: true })],
  },
  quantity: {
    words: "How many are bought",
    begin: () => ({ min: 3 }),
    fields: (range, set, name) => rangeFields(range, set, name, ["At least", "At most"]),
  },
  first_purchase: {
    words: "Whether it is the buyer's first order",
    begin: () => true,
    fields: (first, set) => [choice("The buyer", yesNo("buys for the first time", "has bought before"), String(first), (yes) => set(yes === "true"))],
  },
  order: {
    words: "Which of the buyer's orders it is",
    begin: () => ({ every: 10 }),
    fields: (nth, set, name) => [
      field("Every", number(nth.every, (every) => set((now) => having(now, "every", every)), { placeholder: "any", min: 1 }),
        { name: `${name}.every`, hint: "10: the 10th, 20th, 30th" }),
      ...rangeFields(nth, set, name, ["From the", "To the"]),
    ],
  },
  test: {
    words: "Whether it is a test",
    begin: () => false,
    fields: (test, set) => [choice("The sale", yesNo("is a test", "is no test"), String(test), (yes) => set(yes === "true"))],
  },
};

/** What a rule can do, in the same form. */
const OUTCOMES = {
  theme: {
    words: "Draw it in another theme",
    begin: () => "neon",
    fields: (theme, set, name, { own }) => [field("Theme", select(named(themeOptions(own), theme), theme, set), {})],
  },
  text: {
    words: "Give it a headline of your own",
    begin: () => "{name} found the golden {item}",
    fields: (text, set) => [field("Headline", input(text, set), { hint: "{name} {amount} {item} {quantity} {message} are filled in.", wide: true })],
  },
  sound: {
    words: "Sound it differently",
    begin: () => "double",
    fields: (sound, set) => [field("Sound", select(SOUNDS, sound, set), {})],
  },
  volume: {
    words: "Louder or quieter",
    begin: () => 80,
    fields: (volume, set) => [field("Volume, in %", number(volume, (value) => value !== null && set(value), { max: 100 }), {})],
  },
  duration: {
    words: "Show it longer or shorter",
    begin: () => "10s",
    fields: (duration, set) => [lengthField("On screen for", duration, set, { units: ["s", "m"] })],
  },
  hold: { words: "Let a person decide first", begin: () => true, fields: () => [hint("It waits under “Needs you” until somebody approves it.")] },
  silent: { words: "Do not show it", begin: () => true, fields: () => [hint("It is recorded and counted, and never drawn.")] },
  min_message: {
    words: "Show its message only from an amount on",
    begin: ({ currency }) => ({ minor: 500, currency }),
    fields: (least, set) => [
      field("From", amountInput(least.minor, least.currency, (minor) => minor !== null && set((now) => ({ ...now, minor }))), {}),
      field("Currency", currencySelect(least.currency, set)),
    ],
  },
};

const hint = (text) => el("p", { class: "hint" }, text);
const wrong = () => el("p", { class: "result wrong", role: "alert" });
const named = (options, value) => (options.some(([key]) => key === value) ? options : [...options, [value, value]]);

/**
 * The form of the rule at `at`. `changed(rule, whole)` is told each change; `whole`: other fields are there now.
 * `known` is {currency, own}.
 */
export function ruleForm(rule, at, changed, known) {
  let now = rule;
  const path = `rules[${at}]`;
  const tell = (next, whole) => {
    now = next;
    changed(next, whole);
  };
  const part = (side, parts, legend, more) => {
    const set = (key, value, whole) => tell({ ...now, [side]: having(now[side], key, value) }, whole);
    const has = Object.keys(parts).filter((key) => now[side]?.[key] != null);
    const add = select([["", more], ...Object.keys(parts).filter((key) => !has.includes(key)).map((key) => [key, parts[key].words])], "",
      (key) => key && set(key, parts[key].begin(known), true), { "aria-label": more, class: "add-part" });
    const line = (key) => {
      let value = now[side][key];
      const name = `${path}.${side}.${key}`;
      const own = (next, whole = false) => {
        value = typeof next === "function" ? next(value) : next;
        set(key, value, whole);
      };
      return el("div", { class: "part", "data-field": name },
        el("div", { class: "part-head" }, el("h4", {}, parts[key].words),
          el("button", { type: "button", class: "button quiet small", "aria-label": `Remove: ${parts[key].words}`, onclick: () => set(key, null, true) }, "Remove")),
        wrong(),
        el("div", { class: "part-fields" }, ...parts[key].fields(value, own, name, known)));
    };
    return el("div", { class: "side", "data-field": `${path}.${side}` },
      el("h3", { class: "eyebrow" }, legend), wrong(), ...has.map(line), add);
  };
  const name = input(now.name ?? "", (text) => tell({ ...now, name: text }), { maxlength: 50, placeholder: "Big orders" });
  return el("div", { class: "rule-form" }, wrong(),
    field("What you call it", name, { name: `${path}.name` }),
    part("when", CONDITIONS, "When all of this is true", "Add a condition"),
    part("then", OUTCOMES, "Then", "Add what happens"));
}
