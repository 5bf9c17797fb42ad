// The rules in their order. The first that fits decides, so moving one is changing what happens: by drag, by its
// arrows, or by the arrow keys on its handle.

import { same } from "../editor/draft.js";
import { el, tell } from "../element.js";
import { themeOptions } from "../look/controls.js";
import { ruleForm } from "./form.js";
import { thenWords, whenWords } from "./words.js";

const RULES_MAX = 50;
const EMPTY = { name: "", when: {}, then: {} };

export class RuleList {
  #open = null; // which rule's form is open
  #typing = false;
  #drawn = null; // the rules as they stand in the list
  #list = el("ol", { class: "rule-list" });
  #add = el("button", { type: "button", class: "button", id: "add-rule", onclick: () => this.#insert(EMPTY, this.#rules.length) }, "Add a rule");
  #said = el("p", { class: "unseen", "aria-live": "polite" });

  /** Edits the setting `rules` of `draft`. `known` is {currency, own}. */
  constructor(draft, known) {
    this.draft = draft;
    this.known = known;
    this.themes = Object.fromEntries(themeOptions(known.own));
    draft.addEventListener("change", () => {
      if (this.#typing) this.#drawWords();
      else if (!same(this.#drawn, this.#rules)) this.#draw();
    });
    this.element = el("div", { class: "rules" }, this.#list, this.#add, this.#said);
    this.#draw();
  }

  /** Opens the rule that `field` ("rules[1].then.theme") is about, so that what is wrong can be shown there. */
  reveal(field) {
    const at = /^rules\[(\d+)\]/.exec(field)?.[1];
    if (at === undefined) return;
    this.#open = Number(at);
    this.#draw();
  }

  /** Marks the rule that decides, by its number from 1, or none. */
  mark(number) {
    [...this.#list.children].forEach((item, at) => (item.dataset.decides = String(at + 1 === number)));
  }

  get #rules() {
    return this.draft.get("rules");
  }

  #set(rules) {
    this.draft.set("rules", rules);
  }

  #draw() {
    const rules = (this.#drawn = this.#rules);
    if (this.#open >= rules.length) this.#open = null;
    this.#add.disabled = rules.length >= RULES_MAX;
    const items = rules.map((rule, at) => this.#item(rule, at));
    this.#list.replaceChildren(...(items.length ? items : [noRules()]));
  }

  // Only what a rule says in words: the form being typed into stays as it is.
  #drawWords() {
    this.#drawn = this.#rules;
    this.#rules.forEach((rule, at) => this.#list.children[at].querySelector(".rule-words").replaceChildren(...this.#words(rule)));
  }

  #words(rule) {
    return [
      rule.name && el("strong", {}, rule.name),
      el("span", {}, whenWords(rule.when)), el("span", { class: "rule-then" }, thenWords(rule.then, this.themes)),
    ].filter(Boolean);
  }

  #item(rule, at) {
    const open = this.#open === at;
    const nth = `rule ${at + 1}`;
    const button = (word, label, onclick, more = {}) =>
      el("button", { type: "button", class: "button quiet small", "aria-label": `${label} ${nth}`, onclick, ...more }, word);
    const item = el("li", { class: "rule card", "data-field": `rules[${at}]` },
      el("div", { class: "rule-head" },
        this.#handle(at, nth),
        el("button", { type: "button", class: "rule-open", "aria-expanded": String(open), onclick: () => this.#toggle(at) },
          el("span", { class: "rule-number" }, String(at + 1)), el("span", { class: "rule-words" }, ...this.#words(rule))),
        el("div", { class: "rule-actions" },
          button("↑", "Move up", () => this.#move(at, at - 1, "up"), { disabled: at === 0, "data-act": "up" }),
          button("↓", "Move down", () => this.#move(at, at + 1, "down"), { disabled: at === this.#rules.length - 1, "data-act": "down" }),
          button("Copy", "Copy", () => this.#insert(structuredClone(rule), at + 1), { disabled: this.#rules.length >= RULES_MAX }),
          button("Remove", "Remove", () => this.#remove(at)))),
      open && ruleForm(rule, at, (next, whole) => this.#change(at, next, whole), this.known));
    return item;
  }

  #change(at, rule, whole) {
    this.#typing = !whole;
    this.#set(this.#rules.map((other, place) => (place === at ? rule : other)));
    this.#typing = false;
    if (whole) this.#list.children[at].querySelector(".part:last-of-type input, .part:last-of-type select, .add-part")?.focus();
  }

  #toggle(at) {
    this.#open = this.#open === at ? null : at;
    this.#draw();
    this.#list.children[at].querySelector(".rule-open").focus();
  }

  #insert(rule, at) {
    this.#open = at;
    this.#set(this.#rules.toSpliced(at, 0, rule));
    this.#list.children[at].querySelector(".rule-form input").focus();
  }

  #remove(at) {
    this.#open = null;
    this.#set(this.#rules.toSpliced(at, 1));
    tell(this.#said, `Rule ${at + 1} removed. Undo brings it back.`);
    (this.#list.children[Math.min(at, this.#rules.length - 1)]?.querySelector(".rule-open") ?? this.#add).focus();
  }

  #move(from, to, act) {
    const rules = this.#rules;
    if (to < 0 || to >= rules.length || from === to) return;
    if (this.#open === from) this.#open = to;
    else if (this.#open !== null) this.#open += (from < this.#open ? -1 : 0) + (to <= this.#open - (from < this.#open ? 1 : 0) ? 1 : 0);
    this.#set(rules.toSpliced(from, 1).toSpliced(to, 0, rules[from]));
    tell(this.#said, `Rule ${from + 1} is now rule ${to + 1} of ${rules.length}.`);
    // Focus goes with it, so that pressing again moves on.
    const actions = this.#list.children[to].querySelectorAll(`[data-act="${act}"]:not(:disabled), .rule-handle`);
    [...actions].at(act ? -1 : 0)?.focus();
  }

  // Dragged by the pointer, moved by the arrow keys.
  #handle(at, nth) {
    const label = `Drag ${nth}, or move it with the arrow keys`;
    const handle = el("button", { type: "button", class: "rule-handle", "aria-label": label, title: "Drag to move" }, "⠿");
    handle.addEventListener("keydown", (pressed) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[pressed.key];
      if (!step) return;
      pressed.preventDefault();
      this.#move(at, at + step, null);
    });
    handle.addEventListener("pointerdown", (down) => {
      if (down.button === 0) this.#drag(handle, down.pointerId, at);
    });
    return handle;
  }

  #drag(handle, pointer, from) {
    const item = handle.closest(".rule");
    const settled = new AbortController();
    item.classList.add("dragged");
    const place = () => [...this.#list.children].indexOf(item);
    const move = ({ clientY, pointerId }) => {
      if (pointerId !== pointer) return;
      const after = [...this.#list.children].filter((other) => other !== item)
        .find((other) => clientY < other.getBoundingClientRect().top + other.offsetHeight / 2);
      if ((after ?? null) !== item.nextElementSibling) this.#list.insertBefore(item, after ?? null);
    };
    const end = (dropped) => {
      settled.abort();
      item.classList.remove("dragged");
      const to = place();
      if (dropped && to !== from) this.#move(from, to, null);
      else this.#draw();
    };
    // On the document: an element that moves within it loses the pointer it has captured.
    const { signal } = settled;
    document.addEventListener("pointermove", move, { signal });
    document.addEventListener("pointerup", () => end(true), { signal });
    document.addEventListener("pointercancel", () => end(false), { signal });
  }
}

const noRules = () => el("li", { class: "empty" }, el("p", { class: "empty-title" }, "No rules"),
  el("p", {}, "Every sale is shown alike. A rule makes some special: a record order louder, a small one silent, a certain product held for you."));
