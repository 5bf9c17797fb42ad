// The designer: how alerts look and sound, tried on the overlay's own card before anything is saved.

import { of, readList } from "./api.js";
import { enter } from "./bar.js";
import { Draft } from "./editor/draft.js";
import { openEditor } from "./editor/opening.js";
import { saveBar } from "./editor/save-bar.js";
import { byId } from "./element.js";
import { lookControls, NAMES } from "./look/controls.js";
import { ownThemes } from "./look/own-themes.js";
import { Preview } from "./look/preview.js";

enter("look", ({ streamer, leave }) => {
  const draft = new Draft(streamer, Object.keys(NAMES));
  const preview = new Preview(byId("preview"), byId("sample"), draft);
  const bar = saveBar(draft, NAMES);
  draft.addEventListener("signed-out", () => leave(null));
  openEditor(leave, () => open(streamer, draft, preview, bar));
  return () => {
    draft.close();
    preview.close();
    bar.close();
  };
});

async function open(streamer, draft, preview, bar) {
  const [own] = await Promise.all([themesOf(streamer), draft.open()]);
  const themes = own && ownThemes(streamer, draft, own);
  if (own) preview.know(own);
  byId("controls").replaceChildren(...lookControls(draft, preview, own ?? []), ...(themes ? [themes.element] : []));
  themes?.addEventListener("change", async () => {
    const now = await readList(of(streamer, "themes"));
    preview.know(now);
    byId("controls").replaceChildren(...lookControls(draft, preview, now), themes.element);
  });
  byId("main").append(bar.element);
}

// The streamer's own themes; null where the gateway has none.
const themesOf = (streamer) => readList(of(streamer, "themes")).catch((problem) => {
  if (problem.status === 404) return null;
  throw problem;
});
