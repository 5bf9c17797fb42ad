// What is hidden, held, replaced of what buyers write; and a place to try it before anybody sees it.

import { of, post } from "../api.js";
import { choice, field, input, number, show } from "../editor/form.js";
import { el } from "../element.js";

/** One answer for a burst of keystrokes. Milliseconds. */
const GATHER_MS = 250;

const LISTS = [
  ["replace", "Replaced by ***", "The rest of the text stays."],
  ["hide", "Hidden", "A message with one of these is not shown; a buyer so named is Someone."],
  ["hold", "Held for you", "The alert waits until somebody decides, who sees the text as it was written."],
  ["allow", "Always allowed", "What lies within one of these is no hit, like “class” when “*ass*” is listed."],
];
const LINKS = [["strip", "taken out"], ["hold", "held for you"], ["allow", "left as they are"]];
const HIT_LISTS = { replace: "replaced", hide: "hidden", hold: "held for you", link: "a link" };

const entries = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

/** The form of the setting `moderation`. */
export function moderationForm(draft) {
  const now = () => draft.get("moderation");
  const set = (key) => (value) => draft.set("moderation", { ...now(), [key]: value });
  const lists = LISTS.map(([key, words, hint]) => {
    const area = el("textarea", { rows: 5, spellcheck: "false", autocomplete: "off" });
    area.value = now()[key].join("\n");
    area.addEventListener("input", () => set(key)(entries(area.value)));
    draft.addEventListener("change", () => {
      if (entries(area.value).join("\n") !== now()[key].join("\n")) area.value = now()[key].join("\n");
    });
    return field(words, area, { hint });
  });
  const links = choice("Links are", LINKS, now().links, set("links"));
  const message = number(now().max_message, (many) => many !== null && set("max_message")(many), { max: 300 });
  const name = number(now().max_name, (many) => many !== null && set("max_name")(many), { min: 1, max: 50 });
  draft.addEventListener("change", () => {
    show(links, now().links);
    show(message, now().max_message);
    show(name, now().max_name);
  });
  return el("section", { class: "card group", "data-field": "moderation" },
    el("h2", { class: "group-title" }, "Words and links"),
    el("p", { class: "result wrong", role: "alert" }),
    el("p", { class: "hint" }, "One word or phrase a line. Without a * it is found as a whole word only; a * stands for any letters. "
      + "Spelling tricks make no difference: b4d, b.a.d and baaad are bad."),
    el("div", { class: "lists" }, ...lists),
    links,
    el("div", { class: "pair" }, field("Longest message, in characters", message, { hint: "0 shows none." }), field("Longest name", name)));
}

/** The place to try it, with the lists as they stand here. */
export function moderationTrial(streamer, draft) {
  const said = { name: "mika", message: "love the stream, see example.com" };
  const shown = el("div", { class: "verdict", role: "status", id: "moderated" });
  let gathering = 0;
  let asked = 0;
  const again = () => {
    clearTimeout(gathering);
    gathering = setTimeout(attempt, GATHER_MS);
  };
  async function attempt() {
    const mine = (asked += 1);
    try {
      const verdict = await post(of(streamer, "moderation/try"), { ...said, moderation: draft.get("moderation") });
      if (mine === asked) draw(verdict);
    } catch (problem) {
      if (mine === asked) shown.replaceChildren(el("p", { class: "result", "data-kind": "bad" }, problem.message));
    }
  }
  function draw({ held, name, message, hits }) {
    shown.dataset.outcome = held ? "held" : "queued";
    shown.replaceChildren(
      el("p", { class: "verdict-who" }, held ? "Held: a person decides" : "Shown as"),
      el("p", {}, el("bdi", { class: "tried-name" }, name)),
      el("p", {}, message === null ? el("span", { class: "hint" }, "No message.") : el("bdi", {}, message)),
      el("ul", { class: "hits" }, ...hits.map((hit) => el("li", { class: "hint" },
        `In the ${hit.in}: `, el("bdi", {}, `“${hit.text}”`), `, ${HIT_LISTS[hit.list] ?? hit.list}`,
        hit.entry && el("span", {}, " by ", el("code", {}, hit.entry))))));
  }
  const typed = (key) => (text) => {
    said[key] = text;
    again();
  };
  draft.addEventListener("change", again);
  again();
  return el("section", { class: "card group dry-run", "aria-labelledby": "words-try" },
    el("h2", { class: "group-title", id: "words-try" }, "Try them"),
    field("A name", input(said.name, typed("name"))),
    field("A message", input(said.message, typed("message"))),
    shown);
}
