// What the streamer sells towards, together with the viewers: an amount, or a number of orders.

import { choice, field, input, number, showWrong } from "../editor/form.js";
import { minorOf } from "../editor/money.js";
import { el, foreign, tell } from "../element.js";

const LOOK_MS = 200;
const LOOKS = 20;

/** Shows the goal and the form that sets one. It counts from the moment it is set. */
export function showGoal(place, draft, board) {
  const wanted = { title: "", of: "amount", amount: "", orders: 50 };
  const said = el("p", { class: "result", role: "status", id: "goal-said" });

  async function save(goal, words) {
    draft.set("goal", goal);
    try {
      await draft.save();
      await counted(goal?.title ?? null);
      tell(said, words, "good");
      draw();
    } catch (problem) {
      draft.reset();
      if (!showWrong(place, problem.more?.field ?? "", problem.message)) tell(said, problem.message, "bad");
    }
  }

  // The channel takes it up a moment after it is set.
  async function counted(title) {
    for (let looks = 0; looks < LOOKS; looks += 1) {
      await board.open();
      if ((board.goal?.title ?? null) === title) return;
      await new Promise((looked) => setTimeout(looked, LOOK_MS));
    }
  }

  function submit(submitted) {
    submitted.preventDefault();
    const currency = draft.get("currency");
    const minor = minorOf(wanted.amount, currency);
    if (wanted.of === "amount" && !minor) return showWrong(place, "goal.amount", "An amount, like 300 or 300.00.");
    const target = wanted.of === "amount" ? { amount: { minor, currency } } : { orders: wanted.orders };
    return save({ title: wanted.title.trim(), ...target }, "Set. It counts from now on.");
  }

  function draw() {
    const now = board.goal;
    const fields = el("div", { class: "goal-fields" });
    const money = () => input(wanted.amount, (text) => (wanted.amount = text), { inputmode: "decimal", required: true, placeholder: "300.00" });
    const many = () => number(wanted.orders, (orders) => (wanted.orders = orders), { min: 1, required: true });
    const fill = () => fields.replaceChildren(wanted.of === "amount"
      ? field(`Amount in ${draft.get("currency").toUpperCase()}`, money(), { name: "goal.amount" })
      : field("Orders", many(), { name: "goal.orders" }));
    fill();
    place.replaceChildren(...[
      el("h2", { class: "group-title", id: "goal-heading" }, "Goal"),
      ...(now ? progress(now, () => save(null, "Gone.")) : []),
      now ? el("details", { class: "more" }, el("summary", {}, "Set another"), form(fields, fill)) : form(fields, fill),
      said,
    ]);
  }

  function form(fields, fill) {
    const title = input(wanted.title, (text) => (wanted.title = text), { required: true, maxlength: 60, placeholder: "New microphone" });
    return el("form", { class: "goal-form", onsubmit: submit },
      field("What it is for", title, { name: "goal", hint: "Viewers read it on the goal overlay." }),
      choice("Counted in", [["amount", "money"], ["orders", "orders"]], wanted.of, (of) => {
        wanted.of = of;
        fill();
      }),
      fields, el("button", { class: "button primary" }, "Set the goal"));
  }

  board.addEventListener("read", () => {
    // While somebody types in the form, only the numbers move.
    if (place.contains(document.activeElement) && document.activeElement.matches("input")) return;
    draw();
  });
  draw();
}

function progress({ title, percent, reached, amount, orders }, clear) {
  const share = amount ?? orders;
  const word = (value) => (typeof value === "object" ? value?.text : String(value));
  const full = Math.min(percent, 100);
  const said = { role: "progressbar", "aria-valuenow": full, "aria-valuemin": 0, "aria-valuemax": 100, "aria-label": title };
  const bar = el("div", { class: "goal-bar", ...said }, el("div"));
  bar.firstChild.style.setProperty("transform", `scaleX(${full / 100})`);
  return [
    el("p", { class: "goal-title" }, foreign(title), el("span", { class: "goal-percent" }, `${percent} %`)),
    bar,
    el("div", { class: "group-head" },
      el("p", {}, share && el("span", { class: amount ? "private" : null }, `${word(share.done)} of ${word(share.target)}`),
        reached && el("span", { class: "goal-reached" }, " reached")),
      el("button", { type: "button", class: "button small", id: "goal-clear", onclick: clear }, "Clear")),
  ];
}
