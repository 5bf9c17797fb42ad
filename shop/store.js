// The basket of a store page. It shows a total and sends names and quantities; what things cost is the server's to say.

const form = document.querySelector("#basket");
const notice = document.querySelector("#notice");
const segments = globalThis.Intl?.Segmenter && new Intl.Segmenter();

/** How many characters people see in a text. */
const length = (text) => (segments ? [...segments.segment(text)].length : [...text].length);

const counts = () => [...form.querySelectorAll("input[type=number]")];
const chosen = () => counts().filter((input) => Number(input.value) > 0);

/** What the basket is paid in: the currency of what was chosen first, else the streamer's. */
const paidIn = () => (chosen()[0] ?? form).dataset;

/** What was typed, as minor units; 0 for nothing, NaN for no amount. */
function minorOf(text, exponent) {
  const typed = text.trim().replace(",", ".");
  if (!typed) return 0;
  const [, whole, fraction = ""] = /^(\d{1,9})(?:\.(\d+))?$/.exec(typed) ?? [];
  if (!whole || fraction.length > exponent) return NaN;
  return Number(whole + fraction.padEnd(exponent, "0"));
}

/** Minor units as people write them, with the sign that a price of the page has. */
function text(minor, exponent, sign) {
  const digits = String(minor).padStart(exponent + 1, "0");
  const at = digits.length - exponent;
  return sign + digits.slice(0, at) + (exponent ? `.${digits.slice(at)}` : "");
}

const signOf = ({ price, currency }) => price?.replace(/[\d.,]+$/, "") ?? `${currency} `;

function showTotal() {
  const { currency, exponent } = paidIn();
  const tip = minorOf(form.tip.value, Number(exponent));
  const sum = chosen().reduce((total, { value, dataset }) => total + Number(value) * Number(dataset.minor), tip);
  const mixed = chosen().some(({ dataset }) => dataset.currency !== currency);
  document.querySelector("#currency").textContent = currency;
  document.querySelector("#tip-rule").hidden = currency !== form.dataset.currency;
  document.querySelector("#total").textContent = mixed ? "One currency at a time" : sum > 0 ? text(sum, Number(exponent), signOf(paidIn())) : "";
}

function showLengths() {
  for (const counter of form.querySelectorAll("[data-counter]")) {
    const field = form.elements[counter.dataset.counter];
    const most = Number(field.dataset.most);
    const used = length(field.value.trim());
    counter.textContent = used ? `${used} of ${most}` : "";
    counter.toggleAttribute("data-over", used > most);
  }
}

/** The field of the form that the server means, if it is one. */
function fieldOf(path = "") {
  const line = /^items\[(\d+)\]/.exec(path);
  return line ? chosen()[Number(line[1])] : form.elements[path.split(".")[0]];
}

/** Says what is wrong, and leads to the field at fault. */
function complain(detail, field) {
  notice.textContent = detail;
  field?.setAttribute("aria-invalid", "true");
  field?.scrollIntoView({ block: "center" });
  field?.focus({ preventScroll: true });
}

function forgive() {
  notice.textContent = "";
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

/** The order as the server takes it. */
function order() {
  const { currency, exponent } = paidIn();
  const minor = minorOf(form.tip.value, Number(exponent));
  return {
    items: chosen().map(({ name, value }) => ({ product: name.slice("quantity:".length), quantity: Number(value) })),
    ...(minor ? { tip: { minor, currency } } : {}),
    name: form.elements.name.value,
    message: form.message.value,
  };
}

async function buy() {
  const { exponent } = paidIn();
  if (Number.isNaN(minorOf(form.tip.value, Number(exponent)))) return complain("Write the tip as a number, like 5 or 5.00", form.tip);
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(order()),
  });
  const told = await answer.json();
  if (answer.ok) {
    keep({ session: told.session, fields: Object.fromEntries(new FormData(form)) });
    return location.assign(told.url);
  }
  const sold = form.elements[`quantity:${told.product}`];
  if (sold) takeStock(sold, told.left);
  complain(told.detail, sold ?? fieldOf(told.field));
}

/** Somebody else was faster: the basket has what is left. */
function takeStock(input, left) {
  const said = input.closest(".product").querySelector(".left");
  said.textContent = left ? `${left} left` : "Sold out";
  said.dataset.most = input.max = input.value = left;
  showTotal();
}

async function submitted(event) {
  event.preventDefault();
  forgive();
  const button = form.querySelector(".buy");
  button.disabled = true;
  await buy().catch(() => complain("The store can’t be reached. Nothing was charged: try again."));
  button.disabled = false;
}

// What was left open at Stripe is kept in this tab, for a buyer who comes back without having paid.

const KEPT = "tillbell.checkout";
const keep = (checkout) => sessionStorage.setItem(KEPT, JSON.stringify(checkout));

/** Gives an open checkout up, so that its pieces are free again, then shows the page anew with the basket as it was. */
async function comeBack() {
  const { session, fields } = JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
  sessionStorage.removeItem(KEPT);
  if (!session) return refill(fields ?? {});
  const { ok } = await fetch(`${form.action}/${session}`, { method: "DELETE" });
  if (!ok) return; // paid, most likely: then this is a new visit
  keep({ fields });
  location.reload();
}

function refill(fields) {
  for (const [name, value] of Object.entries(fields)) {
    const field = form.elements[name];
    if (field && !field.disabled) field.value = field.max ? Math.min(Number(value), Number(field.max)) : value;
  }
  showTotal();
  showLengths();
}

function stepped({ target }) {
  const step = Number(target.dataset?.step);
  if (!step) return;
  const input = target.closest(".count").querySelector("input");
  input.value = Math.min(Number(input.max), Math.max(0, Number(input.value) + step));
  showTotal();
}

// Without a form there is no store here.
if (form) {
  document.documentElement.toggleAttribute("data-script", true);
  // Beside the button, which stays in sight.
  form.querySelector(".pay").prepend(notice);
  form.addEventListener("submit", submitted);
  form.addEventListener("click", stepped);
  form.addEventListener("input", () => (showTotal(), showLengths()));
  // Also when the browser brings the page back as it was.
  addEventListener("pageshow", () => comeBack().catch(() => {}));
  showTotal();
  showLengths();
}
