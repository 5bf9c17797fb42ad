// An alert's story: the receipt chain from Stripe to the screen, or where it stopped and why.

import { read } from "./api.js";
import { el, foreign, shape, tell } from "./element.js";
import { clock, SHAPES, span, stepDetail, stepWord } from "./words.js";

const ENDED = new Set(["shown", "skipped", "interrupted", "missed", "silent"]);

/** Fills `place` with the story of `alert`. `replay` is null when this role may not replay. */
export async function fillStory(place, alert, replay) {
  if (!place.firstChild) place.append(el("p", { class: "hint" }, "Reading its story…"));
  try {
    const story = await read(`/why/${alert.id}`);
    place.replaceChildren(...storyParts(story, alert, replay));
  } catch (problem) {
    place.replaceChildren(el("p", { class: "result", "data-kind": "bad" }, problem.message));
  }
}

function storyParts(story, alert, replay) {
  return [
    alert.message && el("p", { class: "story-message" }, foreign(`“${alert.message.text}”`)),
    el("ol", { class: "steps" }, ...story.steps.map((step, at) => stepLine(step, story.steps[at - 1]))),
    el("div", { class: "story-foot" },
      el("code", { class: "story-id private" }, story.event ? `${story.type} ${story.event}` : story.alert),
      replay && canReplay(alert) && replayButton(replay)),
  ].filter(Boolean);
}

function stepLine({ step, at, detail }, before) {
  const waited = before ? Date.parse(at) - Date.parse(before.at) : 0;
  return el("li", { class: "step-line", "data-step": step },
    el("time", { class: "step-time", datetime: at }, clock(at)),
    shape(SHAPES[step] ?? SHAPES.shown),
    el("span", { class: "step-what" }, stepWord(step), detail && el("span", { class: "step-detail" }, foreign(stepDetail(detail)))),
    el("span", { class: "step-span" }, waited > 0 ? `+${span(waited)}` : ""));
}

// Several orders in one are replayed one by one, from their own rows.
const canReplay = (alert) => ENDED.has(alert.state) && !alert.members?.length && !alert.refunded && !alert.replay_waiting;

function replayButton(replay) {
  const result = el("span", { class: "result", role: "status" });
  const button = el("button", { type: "button", class: "button small" }, "Replay");
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await replay();
    } catch (problem) {
      button.disabled = false;
      tell(result, problem.message, "bad");
    }
  });
  return el("span", { class: "story-actions" }, result, button);
}
