// When alerts wait, when they are missed, and what makes one: the settings that are neither look nor rule.

import { choice, field, input, number, select, show, toggle } from "../editor/form.js";
import { lengthField } from "../editor/lengths.js";
import { CURRENCIES } from "../editor/money.js";
import { el } from "../element.js";

/** The settings of this part, as people call them. */
export const NAMES = {
  missed_after: "how long alerts wait", late_after: "when a sale is too late", decide_within: "how long a decision may take",
  hold_until_live: "hold until live", when_inactive: "while off screen", show_test: "Stripe's tests", renewals: "renewals",
  payment_intents: "payment intents", buyer_limit: "limit of one buyer", name: "your name", currency: "your currency",
  nickname_field: "nickname field", message_field: "message field", catalogue: "Stripe's catalogue",
};

const WHEN_INACTIVE = [["wait", "wait"], ["play", "play all the same"]];

/** The sections. */
export function alertSettings(draft) {
  const set = (key) => (value) => draft.set(key, value);
  // Each part is drawn again when its setting changes other than by its own control.
  const bind = (key, control) => {
    draft.addEventListener("change", () => show(control, draft.get(key)));
    return control;
  };
  const flag = (key, words, hint) => {
    const made = toggle(words, draft.get(key), set(key), { hint, name: key });
    bind(key, made.querySelector("input"));
    return made;
  };
  const text = (key, label, hint, attributes) => field(label, bind(key, input(draft.get(key), set(key), attributes)), { hint, name: key });
  const time = (key, label, hint) => {
    const place = el("div");
    let typed = null;
    const draw = () => {
      if (draft.get(key) === typed) return;
      typed = draft.get(key);
      place.replaceChildren(lengthField(label, typed, (value) => set(key)((typed = value)), { hint, name: key }));
    };
    draft.addEventListener("change", draw);
    draw();
    return place;
  };
  const section = (title, ...parts) => el("section", { class: "card group" }, el("h2", { class: "group-title" }, title), ...parts);
  const limit = number(draft.get("buyer_limit"), (many) => many !== null && set("buyer_limit")(many), { max: 1000 });
  const currency = draft.get("currency");
  const currencies = [...new Set([currency, ...CURRENCIES])].map((code) => [code, code.toUpperCase()]);
  return [
    section("Waiting",
      flag("hold_until_live", "Hold alerts until you are live", "They wait until OBS says that it streams."),
      bind("when_inactive", choice("While OBS says the source is not on screen, alerts", WHEN_INACTIVE, draft.get("when_inactive"), set("when_inactive"))),
      time("missed_after", "With no overlay there, an alert waits for", "Then it is missed, and one press replays it. No time runs while paused."),
      time("decide_within", "What is held waits for a decision for", "Then it is missed too."),
      time("late_after", "A sale may be late by", "Later ones are not played by themselves: they wait to be replayed.")),
    section("What makes an alert",
      flag("renewals", "Renewals of subscriptions are alerts", "Their first payment always is one."),
      flag("show_test", "Show Stripe's test purchases", "With a TEST tab on the card, and in no total."),
      field("Most alerts of one buyer in a minute", bind("buyer_limit", limit),
        { hint: "What is more is recorded, and not shown. 0 is no limit.", name: "buyer_limit" }),
      flag("payment_intents", "Payment intents are the sales", "Only for shops that do not use Stripe's Checkout.")),
    section("You and your shop",
      text("name", "Your name", "In the dashboard, on the store page and on receipts.", { maxlength: 50 }),
      field("Your currency", bind("currency", select(currencies, currency, set("currency"))),
        { hint: "Of test alerts, goals and tips.", name: "currency" }),
      flag("catalogue", "The store page also sells what is active in Stripe's catalogue"),
      text("nickname_field", "Key of the Checkout field with the nickname", null, { maxlength: 200, spellcheck: "false" }),
      text("message_field", "Key of the Checkout field with the message", null, { maxlength: 200, spellcheck: "false" })),
  ];
}
