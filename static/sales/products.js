// What the store page sells, and how much of it is left.

import { of, patch, post, readList, remove } from "../api.js";
import { ask } from "../ask.js";
import { same } from "../editor/draft.js";
import { clearWrong, field, input, number, select, showWrong } from "../editor/form.js";
import { CURRENCIES, minorOf, plainAmount, amountText } from "../editor/money.js";
import { el, foreign, tell } from "../element.js";

const EVERY = [["", "once"], ["day", "each day"], ["week", "each week"], ["month", "each month"], ["year", "each year"]];
const EXPLAINED = "What your store page sells. Stock counts what nobody has paid for; without one, Stripe sells as many as are asked for.";
const NOTHING = "Nothing is for sale yet. Add a product, or sell what is active in Stripe's catalogue: Rules, Alerts.";
const slug = (text) => text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 39);
const ofCatalogue = (id) => id.startsWith("price_");

/** The section. `currency` is what a new product costs in, `store` the address of the page that sells them. */
export async function showProducts(place, streamer, { currency, store }) {
  const path = of(streamer, "products");
  const rows = el("ul", { class: "products" });
  const said = el("p", { class: "result", role: "status", id: "product-said" });
  const none = el("p", { class: "empty small-empty" }, NOTHING);
  const adding = el("div", { class: "adding" });
  const add = el("button", { type: "button", class: "button small", id: "add-product", onclick: () => openForm() }, "Add a product");
  place.replaceChildren(
    el("div", { class: "group-head" }, el("h2", { class: "group-title", id: "products-heading" }, "Products"), add),
    el("p", { class: "hint" }, EXPLAINED),
    adding, rows, none, said,
    el("p", {}, el("a", { href: store, target: "_blank", rel: "noopener" }, "Open your store page")));

  async function draw() {
    const all = await readList(`${path}?limit=100`);
    rows.replaceChildren(...all.map(row));
    rows.hidden = all.length === 0;
    none.hidden = all.length > 0;
  }

  function openForm() {
    const close = () => {
      adding.replaceChildren();
      add.focus();
    };
    adding.replaceChildren(form(null, async (draft) => {
      await post(path, draft);
      close();
      tell(said, `${draft.name || draft.id} is for sale.`, "good");
      await draw();
    }, close, currency));
    adding.querySelector("input").focus();
  }

  function row(product) {
    const { id, name, amount, stock, held, recurring } = product;
    const item = el("li", { class: "product" });
    const edit = () => {
      item.replaceChildren(form(product, async (draft) => {
        await patch(`${path}/${encodeURIComponent(id)}`, draft);
        tell(said, `${name ?? id} is changed.`, "good");
        await draw();
      }, draw, currency));
      item.querySelector("input").focus();
    };
    const away = async () => {
      if (!(await ask({ title: `Remove ${name ?? id}?`, text: "It is no longer sold. What was sold stays as it is.", yes: "Remove" }))) return;
      await remove(`${path}/${encodeURIComponent(id)}`).then(draw, (problem) => tell(said, problem.message, "bad"));
    };
    const left = stock === null ? "not counted" : `${stock} left${held ? `, ${held} held` : ""}`;
    item.append(
      el("span", { class: "product-name" }, foreign(name ?? "A price of Stripe's catalogue"), el("code", {}, id)),
      el("span", { class: "amount" }, amount ? amountText(amount.minor, amount.currency) : "",
        recurring && el("span", { class: "hint" }, ` ${EVERY.find(([key]) => key === recurring)[1]}`)),
      el("span", { class: stock === 0 ? "stock sold-out" : "stock" }, stock === 0 ? "sold out" : left),
      el("span", { class: "product-actions" },
        el("button", { type: "button", class: "button small", onclick: edit, "aria-label": `Edit ${name ?? id}` }, "Edit"),
        el("button", { type: "button", class: "button quiet small", onclick: away, "aria-label": `Remove ${name ?? id}` }, "Remove")));
    return item;
  }

  await draw();
}

// The form of a product, or of a new one. `save(draft)` is given all of a new one, and what has changed of another.
function form(product, save, cancel, currency) {
  const price = product !== null && ofCatalogue(product.id);
  const money = (product?.amount?.currency ?? currency).toLowerCase();
  const fields = {
    id: input("", () => {}, { maxlength: 250, spellcheck: "false" }),
    name: input(product?.name, (text) => product || (fields.id.placeholder = slug(text) || "hoodie"), { maxlength: 80 }),
    amount: input(product?.amount ? plainAmount(product.amount.minor, money) : "", () => {}, { inputmode: "decimal" }),
    currency: select([...new Set([money, ...CURRENCIES])].map((code) => [code, code.toUpperCase()]), money, () => {}),
    stock: number(product?.stock, () => {}, { placeholder: "not counted" }),
    recurring: select(EVERY, product?.recurring ?? "", () => {}),
    image: input(product?.image, () => {}, { type: "url", placeholder: "https://…" }),
  };
  const text = (key) => fields[key].value.trim() || null;
  const said = el("p", { class: "result", role: "alert" });

  function described() {
    const minor = minorOf(fields.amount.value, fields.currency.value);
    const stock = fields.stock.value === "" ? null : Number(fields.stock.value);
    if (price) return { stock };
    const id = product?.id ?? (text("id") || slug(fields.name.value));
    if (ofCatalogue(id)) return { id, stock };
    const amount = minor === null ? null : { minor, currency: fields.currency.value };
    return { id, name: text("name"), amount, image: text("image"), stock, recurring: fields.recurring.value || null };
  }

  async function submit(submitted) {
    submitted.preventDefault();
    clearWrong(made);
    const now = described();
    // The gateway's own words are for those who write minor units.
    if (now.amount === null) return showWrong(made, "amount", "A price, like 25 or 25.99.");
    const before = product ? { ...product, amount: product.amount && { minor: product.amount.minor, currency: money } } : {};
    const changes = Object.entries(now).filter(([key, value]) => !same(before[key] ?? null, value));
    try {
      await save(Object.fromEntries(changes));
    } catch (problem) {
      if (!showWrong(made, problem.more?.field ?? "", problem.message)) tell(said, problem.message, "bad");
    }
  }

  const named = (key, label, hint) => field(label, fields[key], { name: key, hint });
  const made = el("form", { class: "product-form", novalidate: true, onsubmit: submit },
    !price && named("name", "Name"), !price && named("amount", "Price"), !price && named("currency", "Currency"),
    named("stock", "Stock"), !price && named("recurring", "Paid"), !price && named("image", "Picture", "An https address."),
    !product && named("id", "Id", "Or a price of Stripe's, price_…, which then needs no more than a stock."),
    said,
    el("div", { class: "form-end" }, el("button", { type: "button", class: "button quiet", onclick: cancel }, "Cancel"),
      el("button", { class: "button primary" }, product ? "Save" : "Add")));
  return made;
}
