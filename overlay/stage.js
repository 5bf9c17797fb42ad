// Puts one card on the stage and takes it off again. While nothing plays the stage has no child, no animation and no
// timer, so that OBS has nothing to paint.

import { buildCard, fitCard } from "./card.js";
import { applySettings } from "./settings.js";
import { createThemes } from "./themes.js";

const LEAVE_MS = 280; // as long as the ways out in base.css and the themes

// Whether the tab of a test or a replay stands on the screen once the card has come. A theme of the streamer's own could
// move it off; such a card is drawn in the theme it stands on, so that a test never passes for a sale.
function tabIsSeen(card) {
  const tab = card.querySelector(".tab");
  if (!tab) return true;
  const ways = card.getAnimations({ subtree: true });
  const times = ways.map(({ currentTime }) => currentTime);
  ways.forEach((way) => (way.currentTime = way.effect.getComputedTiming().endTime));
  const { left, top, right, bottom } = tab.getBoundingClientRect();
  ways.forEach((way, at) => (way.currentTime = times[at]));
  return left < right && top < bottom && left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
}

/** Stage `root` shows at most one card. */
export function createStage(root) {
  const themes = createThemes(document.head);
  let shop = "";
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
    /** Takes the streamer's settings. Gives a promise that the sheets of their themes have come, or not. */
    dress(settings) {
      shop = settings?.shop ?? "";
      applySettings(document.documentElement, settings);
      return themes.choose(settings);
    },
    /** Waits for what drawing this `play` frame needs; a theme that does not come gives way to the usual one. */
    ready: ({ look }) => themes.ready(look),
    /**
     * Draws the card of a `play` frame for its duration, ways in and out included. Gives a promise of the empty stage:
     * true if the card had its whole time, false if it was taken away. Throws if the card can't be drawn, and then nothing
     * is on the stage.
     */
    show({ alert, look, duration_ms }, picture) {
      clear()?.(false);
      const put = (theme) => {
        const card = buildCard(alert, { picture, look, theme, shop });
        root.replaceChildren(card);
        fitCard(card);
        return card;
      };
      try {
        const worn = themes.worn(look);
        const [base, own] = worn.split(" ");
        const card = put(worn);
        if (own && !tabIsSeen(card)) put(base);
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
