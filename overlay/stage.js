// Puts one card on the stage and takes it off again. While nothing plays the stage has no child, no animation and no
// timer, so that OBS has nothing to paint.

import { buildCard, fitCard } from "./card.js";

const LEAVE_MS = 280; // as long as `card-out` in theme.css

/** Stage `root` shows at most one card. */
export function createStage(root) {
  let shown = null;

  function clear() {
    if (!shown) return;
    const { timer, end } = shown;
    clearTimeout(timer);
    shown = null;
    root.replaceChildren();
    return end;
  }

  function leave() {
    shown.leaving = true;
    root.firstElementChild.classList.add("leaving");
    shown.timer = setTimeout(() => {
      const whole = !shown.hurried;
      clear()(whole);
    }, LEAVE_MS);
  }

  return {
    /**
     * Draws the card of a `play` frame for its duration, ways in and out included. Gives a promise of the empty stage:
     * true if the card had its whole time, false if it was taken away. Throws if the card can't be drawn, and then nothing
     * is on the stage.
     */
    show({ alert, look, duration_ms }, picture) {
      clear()?.(false);
      const card = buildCard(alert, picture, look);
      root.replaceChildren(card);
      try {
        fitCard(card);
      } catch (error) {
        root.replaceChildren();
        throw error;
      }
      return new Promise((end) => {
        shown = { end, leaving: false, hurried: false };
        shown.timer = setTimeout(leave, Math.max(0, duration_ms - LEAVE_MS));
      });
    },
    /** Takes the card away at once. */
    clear() {
      clear()?.(false);
    },
    /** Something else wants the stage: the card leaves now, unless it already does. */
    hurry() {
      if (!shown || shown.leaving) return;
      clearTimeout(shown.timer);
      shown.hurried = true;
      leave();
    },
    get empty() {
      return shown === null;
    },
  };
}
