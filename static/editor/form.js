// Parts of forms: a control with its label, a hint, and a place for what is wrong with it.

import { el, tell } from "../element.js";

let made = 0;
const fresh = () => `field-${(made += 1)}`;

/** A control under its label. `name` is how the gateway names the field, so that its problems find the place. */
export function field(label, control, { hint, name, wide = false } = {}) {
  const id = (control.id ||= fresh());
  const wrong = el("p", { class: "result wrong", id: `${id}-wrong`, role: "alert" });
  const said = hint && el("p", { class: "hint", id: `${id}-hint` }, hint);
  control.setAttribute("aria-describedby", [said && `${id}-hint`, `${id}-wrong`].filter(Boolean).join(" "));
  return el("div", { class: wide ? "field wide" : "field", "data-field": name ?? null },
    el("label", { for: id }, label), control, said, wrong);
}

/** A choice of `options`, [value, words] each. */
export function select(options, value, chosen, attributes = {}) {
  const made = el("select", attributes, ...options.map(([key, words]) => el("option", { value: key }, words)));
  made.value = value;
  made.addEventListener("change", () => chosen(made.value));
  return made;
}

/** A text; `typed` hears every keystroke. */
export function input(value, typed, attributes = {}) {
  const made = el("input", { type: "text", autocomplete: "off", ...attributes });
  made.value = value ?? "";
  made.addEventListener("input", () => typed(made.value));
  return made;
}

/** A whole number, or null for an empty field. What is out of bounds is said by the browser, and not told. */
export function number(value, typed, attributes = {}) {
  const control = input(value, (text) => control.reportValidity() && typed(text === "" ? null : Number(text)),
    { type: "number", step: 1, min: 0, inputmode: "numeric", ...attributes });
  return control;
}

/** A slider whose value stands beside its label; `words(value)` says it. Moves with the setting through `show`. */
export function slider(label, value, moved, { words, hint, ...range }) {
  const said = el("output", { class: "slider-value" });
  const control = input(value, (text) => moved(Number(text)), { type: "range", ...range });
  const draw = () => {
    said.textContent = words(control.value);
    control.setAttribute("aria-valuetext", said.textContent);
  };
  control.addEventListener("input", draw);
  draw();
  const made = field(label, control, { hint });
  made.querySelector("label").after(said);
  made.classList.add("slider");
  return { element: made, show: (now) => void (show(control, now), draw()) };
}

/** A switch with its words beside it. */
export function toggle(words, value, changed, { hint, name } = {}) {
  const id = fresh();
  const box = el("input", { type: "checkbox", id, class: "switch", "aria-describedby": hint ? `${id}-hint` : null });
  box.checked = value;
  box.addEventListener("change", () => changed(box.checked));
  return el("div", { class: "toggle", "data-field": name ?? null }, box, el("label", { for: id }, words),
    hint && el("p", { class: "hint", id: `${id}-hint` }, hint));
}

/** One of a few, as buttons side by side; `draw(value, words)` may give something else than the words to show. */
export function choice(legend, options, value, chosen, { className = "choice", draw = (_, words) => [words] } = {}) {
  const name = fresh();
  const items = options.map(([key, words]) => {
    const radio = el("input", { type: "radio", name, value: key });
    radio.checked = key === value;
    radio.addEventListener("change", () => chosen(key));
    return el("label", {}, radio, el("span", { class: "choice-face" }, ...draw(key, words)));
  });
  return el("fieldset", { class: className }, el("legend", {}, legend), ...items);
}

/** Shows another value in a control made here; what already shows it is left alone, and with it the caret. */
export function show(control, value) {
  if (control.matches("fieldset")) for (const radio of control.querySelectorAll("input")) radio.checked = radio.value === String(value);
  else if (control.type === "checkbox") control.checked = value;
  else if (control.value !== String(value ?? "")) control.value = value ?? "";
}

/** Takes away what was said to be wrong below `place`. */
export function clearWrong(place) {
  for (const said of place.querySelectorAll(".wrong")) tell(said, "");
  for (const control of place.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}

/**
 * Says what is wrong beside the field of that name below `place`, or the nearest that it is part of, and goes there;
 * gives whether there is one. "rules[1].then.volume" is part of "rules[1].then", and that of "rules[1]".
 */
export function showWrong(place, name, text) {
  for (let part = name; part; part = part.slice(0, Math.max(part.lastIndexOf("."), 0))) {
    const at = place.querySelector(`[data-field="${CSS.escape(part)}"]`);
    const said = at?.querySelector(".wrong");
    if (!said) continue;
    tell(said, text, "bad");
    const control = said.parentElement.querySelector("input, select, textarea");
    control?.setAttribute("aria-invalid", "true");
    control?.focus();
    return true;
  }
  return false;
}
