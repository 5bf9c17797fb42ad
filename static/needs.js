// NEEDS YOU: what waits for a person, and nothing else.

import { byId } from "./element.js";
import { watchHeld } from "./held.js";
import { watchMissed } from "./missed.js";
import { watchWarnings } from "./warnings.js";

const TITLE = "Tillbell";

/** Keeps the column and its number current; gives how to stop. */
export function watchNeeds(channel, visit) {
  const waiting = { held: 0, missed: 0, warnings: 0 };
  const counted = (what) => (number) => {
    waiting[what] = number;
    const all = waiting.held + waiting.missed + waiting.warnings;
    byId("needs-count").textContent = all || "";
    byId("needs-empty").hidden = all > 0;
    byId("needs").dataset.any = String(all > 0);
    // Seen on the tab, when the page stands behind the game.
    document.title = waiting.held ? `(${waiting.held}) ${TITLE}` : TITLE;
  };
  watchHeld(channel, visit.runs, counted("held"));
  watchMissed(channel, visit.runs, counted("missed"));
  return watchWarnings(channel, visit, counted("warnings"));
}
