// Events that nothing could be made of, kept until a person decides.

import { post, read, readList, remove } from "../api.js";
import { ask } from "../ask.js";
import { el, foreign, tell } from "../element.js";
import { clock, count, day, stepDetail, stepWord } from "../words.js";

const LISTED = 50;
const SOME = "Stripe told of these, and nothing could be made of them. Put right what is named, then try again.";
const NONE = "Nothing: every event of Stripe's came to something.";
/** How long what was brought on its way again may take to come back. Milliseconds. */
const LOOK_MS = 300;
const LOOKS = 20;

/** The section. An admin sees also those that belong to nobody. */
export async function showDeadLetters(place, streamer, admin) {
  const rows = el("ul", { class: "letters" });
  const said = el("p", { class: "result", role: "status", id: "letters-said" });
  const owner = admin ? "" : `&streamer=${encodeURIComponent(streamer)}`;
  const all = () => readList(`/dead-letters?limit=${LISTED}${owner}`);

  function draw(letters) {
    rows.replaceChildren(...letters.map(row));
    place.replaceChildren(
      el("h2", { class: "group-title", id: "letters-heading" }, "Dead letters"),
      el("p", { class: "hint" }, letters.length ? SOME : NONE),
      rows, said);
  }

  function row(letter) {
    const { id, type, event, reason, received, attempts, streamer: whose } = letter;
    const story = el("ol", { class: "letter-story", hidden: true });
    const act = (word, label, onclick, kind = "") =>
      el("button", { type: "button", class: `button small ${kind}`, "aria-label": `${label} ${event}`, onclick }, word);
    const known = [`${day(received)} ${clock(received)}`, `tried ${count(attempts, "time")}`, whose && whose !== streamer && `of ${whose}`];
    return el("li", { class: "letter" },
      el("div", { class: "letter-what" }, el("code", {}, type), el("span", { class: "hint" }, known.filter(Boolean).join(" · "))),
      el("p", { class: "letter-why" }, foreign(reason)),
      el("div", { class: "letter-actions" },
        act("Why", "Why is there", () => tellWhy(story, event)),
        act("Try again", "Try again", () => redrive(letter)),
        act("Discard", "Discard", () => discard(id, type), "quiet")),
      story);
  }

  async function tellWhy(story, event) {
    story.hidden = !story.hidden;
    if (story.hidden) return;
    try {
      const { steps } = await read(`/why/${event}`);
      story.replaceChildren(...steps.map(({ step, at, detail }) => el("li", {},
        el("time", { datetime: at }, clock(at)),
        el("span", {}, stepWord(step), detail && el("span", { class: "hint" }, " ", foreign(stepDetail(detail)))))));
    } catch (problem) {
      story.replaceChildren(el("li", { class: "result", "data-kind": "bad" }, problem.message));
    }
  }

  // It takes the whole way again; its story says how it went.
  async function redrive({ id, event }) {
    tell(said, "On its way again…");
    try {
      await post(`/dead-letters/${id}/redrive`);
      for (let looks = 0; looks < LOOKS; looks += 1) {
        await new Promise((looked) => setTimeout(looked, LOOK_MS));
        const { outcome } = await read(`/why/${event}`);
        if (outcome.startsWith("not settled")) continue;
        draw(await all());
        const again = /^dead letter: (.*)/.exec(outcome)?.[1];
        return again ? tell(said, `It came back: ${again}.`, "bad") : tell(said, `Something was made of it: ${outcome}.`, "good");
      }
      return tell(said, "It is still on its way. Look again in a minute.");
    } catch (problem) {
      return tell(said, problem.message, "bad");
    }
  }

  async function discard(id, type) {
    const text = `This ${type} will never become an alert, and no longer asks for anything.`;
    if (!(await ask({ title: "Discard it?", text, yes: "Discard" }))) return;
    try {
      await remove(`/dead-letters/${id}`);
      draw(await all());
      tell(said, "Discarded.");
    } catch (problem) {
      tell(said, problem.message, "bad");
    }
  }

  draw(await all());
}
