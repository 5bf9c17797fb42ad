// The bar at the foot of an editor: what is not saved yet, and what can be done about it.

import { el, tell } from "../element.js";
import { count } from "../words.js";

/** How long it says that all is saved. Milliseconds. */
const SAID_MS = 4_000;

/**
 * Makes the bar of a draft. `names` are the settings' names for people; `refused(problem)` shows where the gateway found
 * fault and gives whether it did. Gives the bar's element and `close`.
 */
export function saveBar(draft, names, refused = () => false) {
  const said = el("p", { class: "result", id: "save-said", role: "status" });
  const undo = button("Undo", "quiet", () => draft.undo());
  const reset = button("Discard all", "quiet", () => {
    draft.reset();
    say("Discarded.");
  });
  const save = button("Save", "primary", keep);
  save.id = "save";
  const bar = el("div", { class: "save-bar", id: "save-bar", hidden: true }, said, el("div", { class: "save-actions" }, undo, reset, save));
  let saying = 0;

  async function keep() {
    if (draft.changed.length === 0 || save.disabled) return;
    save.disabled = true;
    try {
      await draft.save();
      say("Saved. It holds from now on.", "good");
    } catch (problem) {
      if (problem.code === "raced") draw();
      else if (!refused(problem)) tell(said, problem.message, "bad");
      else tell(said, "Not saved yet: something does not fit. It is marked above.", "bad");
    }
    save.disabled = false;
  }

  function say(text, kind) {
    clearTimeout(saying);
    saying = setTimeout(() => {
      saying = 0;
      draw();
    }, SAID_MS);
    draw();
    tell(said, text, kind);
  }

  function draw() {
    const { changed } = draft;
    undo.hidden = !draft.canUndo;
    reset.hidden = save.hidden = changed.length === 0;
    bar.hidden = changed.length === 0 && saying === 0;
    if (changed.length === 0) return;
    clearTimeout(saying);
    saying = 0;
    const both = list([...draft.conflicts].map((key) => names[key]));
    if (both) tell(said, `Also changed elsewhere: ${both}. Save keeps yours, Discard takes theirs.`, "bad");
    else tell(said, `${count(changed.length, "change")} not saved: ${list(changed.map((key) => names[key]))}`);
  }

  function onKey(pressed) {
    if (!(pressed.ctrlKey || pressed.metaKey) || pressed.altKey) return;
    const key = pressed.key.toLowerCase();
    // In a text field Ctrl-Z is the field's own.
    if (key === "z" && !pressed.shiftKey && !pressed.target.closest("input, textarea")) draft.undo();
    else if (key === "s") keep();
    else return;
    pressed.preventDefault();
  }

  function onLeave(leaving) {
    if (draft.changed.length > 0) leaving.preventDefault();
  }

  draft.addEventListener("change", draw);
  document.addEventListener("keydown", onKey);
  addEventListener("beforeunload", onLeave);
  return {
    element: bar,
    close() {
      document.removeEventListener("keydown", onKey);
      removeEventListener("beforeunload", onLeave);
      clearTimeout(saying);
      bar.remove();
    },
  };
}

const button = (word, kind, onclick) => el("button", { type: "button", class: `button ${kind}`, onclick }, word);

/** "theme, accent and sound". */
const list = (words) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);
