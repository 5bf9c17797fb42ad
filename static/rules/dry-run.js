// Trying the rules as they stand here, saved or not: which would decide about a sale, and why the others would not.

import { of, post, readList } from "../api.js";
import { choice, field, input, number, select, toggle } from "../editor/form.js";
import { minorOf } from "../editor/money.js";
import { el, tell } from "../element.js";
import { themeOptions } from "../look/controls.js";
import { masked } from "../streamer-mode.js";
import { clock, from, goods } from "../words.js";
import { missWords, thenWords } from "./words.js";

/** One answer for a burst of keystrokes. Milliseconds. */
const GATHER_MS = 250;
const REAL_SALES = 20;
const KINDS = [["sale", "A sale"], ["tip", "A tip"], ["subscription", "A subscription"], ["renewal", "A renewal"]];

/** The panel. `judged({rule, problem})` is told which rule decides, and what is wrong with the rules. */
export function dryRun(streamer, draft, { currency, own }, judged) {
  const themes = Object.fromEntries(themeOptions(own));
  const sale = { kind: "sale", amount: "25.99", product: "Hoodie", quantity: 1, order: 1, test: false };
  let real = null;
  let gathering = 0;
  let asked = 0;
  const verdict = el("div", { class: "verdict", role: "status", id: "verdict" });
  const why = el("ol", { class: "why" });
  const set = (key) => (value) => {
    sale[key] = value;
    again();
  };
  const again = () => {
    clearTimeout(gathering);
    gathering = setTimeout(attempt, GATHER_MS);
  };

  function body() {
    if (real) return { alert: real };
    const minor = minorOf(sale.amount, currency);
    return {
      kind: sale.kind, test: sale.test, order_count: sale.order ?? 1,
      ...(minor === null ? {} : { amount: { minor, currency } }),
      items: sale.product.trim() ? [{ name: sale.product, quantity: sale.quantity ?? 1 }] : [],
    };
  }

  async function attempt() {
    const mine = (asked += 1);
    try {
      const said = await post(of(streamer, "rules/try"), { ...body(), rules: draft.get("rules") });
      if (mine === asked) show(said);
    } catch (problem) {
      if (mine !== asked) return;
      verdict.dataset.outcome = "wrong";
      verdict.replaceChildren(el("p", { class: "result", "data-kind": "bad" }, problem.message));
      why.replaceChildren();
      judged({ rule: null, problem });
    }
  }

  function show({ rule, outcome, then, message, rules }) {
    verdict.dataset.outcome = outcome;
    const name = rule && (rules[rule - 1].name ? `Rule ${rule}, ${rules[rule - 1].name}, decides` : `Rule ${rule} decides`);
    verdict.replaceChildren(
      el("p", { class: "verdict-who" }, name ?? "No rule fits"),
      el("p", {}, outcomeWords(outcome, then ?? {}, themes)),
      message ? "" : el("p", { class: "hint" }, "Its message stays off the screen."));
    why.replaceChildren(...rules.map((each) => el("li", { "data-fits": String(each.rule === rule) },
      el("span", { class: "why-number" }, String(each.rule)),
      el("span", {}, each.rule === rule ? "fits, and decides" : each.why_not.map(missWords).join("; ")))));
    why.classList.toggle("private", real !== null); // it names what was paid
    judged({ rule, problem: null });
  }

  const madeUp = saleForm(sale, set, currency);
  const which = select([], "", (id) => {
    real = id;
    again();
  });
  const sales = el("div", { class: "trial", hidden: true }, field("Which", which));
  const kind = choice("Try with", [["made", "a made-up sale"], ["real", "a real one"]], "made", async (chosen) => {
    madeUp.hidden = chosen === "real";
    sales.hidden = chosen !== "real";
    real = chosen === "real" ? await lastSales() : null;
    again();
  });

  async function lastSales() {
    const alerts = await readList(of(streamer, `alerts?limit=${REAL_SALES}`)).catch(() => []);
    const options = alerts.filter(({ members }) => !members).map((alert) => el("option", { value: alert.id }, saleWords(alert)));
    which.replaceChildren(...(options.length ? options : [el("option", { value: "" }, "No sale yet")]));
    which.disabled = options.length === 0;
    return which.value || null;
  }

  draft.addEventListener("change", again);
  again();
  return el("section", { class: "card group dry-run", "aria-labelledby": "dry-heading" },
    el("h2", { class: "group-title", id: "dry-heading" }, "Try them"), kind, madeUp, sales, verdict, why);
}

const saleForm = (sale, set, currency) => el("div", { class: "trial" },
  field("It is", select(KINDS, sale.kind, set("kind"))),
  field(`Amount in ${currency.toUpperCase()}`, input(sale.amount, set("amount"), { inputmode: "decimal" })),
  field("Product", input(sale.product, set("product"), { placeholder: "nothing named" })),
  field("How many", number(sale.quantity, set("quantity"), { min: 1 })),
  field("The buyer's order number", number(sale.order, set("order"), { min: 1 })),
  toggle("A test", sale.test, set("test")));

// A choice cannot be covered by streamer mode, so what was paid is not in it then.
const saleWords = (alert) => `${clock(alert.created)} ${from(alert)}: ${goods(alert)}${masked() ? "" : ` ${alert.amount?.text ?? ""}`}`;

function outcomeWords(outcome, { hold, ...look }, themes) {
  const drawn = thenWords(look, themes);
  if (outcome === "silent") return "It is recorded, and not shown.";
  return outcome === "held" ? `A person decides first; approved, it is ${drawn}.` : `It is ${drawn}.`;
}
