// The rules editor: what is done with which sales, with what buyers write, and when alerts wait.

import { of, readList } from "./api.js";
import { enter } from "./bar.js";
import { Draft } from "./editor/draft.js";
import { clearWrong, showWrong } from "./editor/form.js";
import { openEditor } from "./editor/opening.js";
import { saveBar } from "./editor/save-bar.js";
import { byId, el } from "./element.js";
import { NAMES as ALERTS, alertSettings } from "./rules/alerts.js";
import { dryRun } from "./rules/dry-run.js";
import { RuleList } from "./rules/list.js";
import { moderationForm, moderationTrial } from "./rules/moderation.js";

const NAMES = { rules: "rules", moderation: "words and links", ...ALERTS };
const PARTS = ["rules", "words", "alerts"];

enter("rules", ({ streamer, leave }) => {
  const draft = new Draft(streamer, Object.keys(NAMES));
  let list = null;
  const bar = saveBar(draft, NAMES, (problem) => showProblem(problem, list));
  draft.addEventListener("signed-out", () => leave(null));
  openEditor(leave, async () => {
    list = await open(streamer, draft);
    byId("main").append(bar.element);
  });
  return () => {
    draft.close();
    bar.close();
  };
});

async function open(streamer, draft) {
  const [own] = await Promise.all([readList(of(streamer, "themes")).catch(() => []), draft.open()]);
  const known = { currency: draft.get("currency"), own };
  const list = new RuleList(draft, known);
  byId("part-rules").replaceChildren(
    el("section", { class: "group-plain", "aria-labelledby": "rules-heading" },
      el("h2", { class: "unseen", id: "rules-heading" }, "Rules, in the order they are asked"),
      el("p", { class: "hint" }, "The first rule that fits a sale decides alone."), list.element),
    dryRun(streamer, draft, known, ({ rule }) => list.mark(rule)));
  byId("part-words").replaceChildren(moderationForm(draft), moderationTrial(streamer, draft));
  byId("part-alerts").replaceChildren(...alertSettings(draft));
  showPart();
  return list;
}

// Says what the gateway found wrong beside the field it is about.
function showProblem({ message, more }, list) {
  if (!more?.field) return false;
  clearWrong(byId("main"));
  const part = more.field.startsWith("rules") ? "rules" : more.field === "moderation" ? "words" : "alerts";
  list.reveal(more.field);
  location.hash = part;
  showPart();
  return showWrong(byId("main"), more.field, message.replace(/^Rule \d+, [^:]+: (.)/, (_, first) => first.toUpperCase()));
}

function showPart() {
  const wanted = location.hash.slice(1);
  const shown = PARTS.includes(wanted) ? wanted : PARTS[0];
  for (const part of PARTS) {
    byId(`part-${part}`).hidden = part !== shown;
    const link = document.querySelector(`.parts [href="#${part}"]`);
    if (part === shown) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

// The skip link and one-time links change the fragment too.
addEventListener("hashchange", () => PARTS.includes(location.hash.slice(1)) && showPart());
