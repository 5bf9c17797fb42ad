// Asking before something that is not undone with one press.

import { el } from "./element.js";

/** Asks in a dialog over the page; gives whether it was answered with `yes`. Escape is `no`. */
export function ask({ title, text, yes, no = "Cancel" }) {
  const dialog = el("dialog", { class: "ask card", "aria-labelledby": "ask-title", "aria-describedby": "ask-text" },
    el("form", { method: "dialog" },
      el("h2", { id: "ask-title" }, title),
      el("p", { id: "ask-text", class: "hint" }, text),
      el("div", { class: "ask-answers" },
        el("button", { class: "button", value: "no", autofocus: true }, no),
        el("button", { class: "button primary", value: "yes" }, yes))));
  document.body.append(dialog);
  return new Promise((answered) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      answered(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}
