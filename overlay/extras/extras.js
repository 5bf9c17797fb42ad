// A page beside the alerts: one of five kinds, each a module of its own, loaded when the gateway has said which it is. It
// draws when a `board` frame comes, and between two of them nothing runs.

import { element } from "../words.js";

const KINDS = {
  goal: () => import("./goal.js"),
  latest: () => import("./latest.js"),
  top: () => import("./top.js"),
  sold: () => import("./sold.js"),
  qr: () => import("./qr.js"),
};

function styled() {
  return new Promise((resolve) => {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = new URL("extras.css", import.meta.url).href;
    sheet.onload = sheet.onerror = resolve;
    document.head.append(sheet);
  });
}

/** Becomes a page of that kind. Throws if there is none, or if it can't be loaded. */
export async function openExtra(kind) {
  const [{ build }] = await Promise.all([KINDS[kind](), styled()]);
  const root = element("main", `extra ${kind}`);
  document.body.append(root);
  let drawn = null;
  return {
    /** Puts the streamer's theme on. */
    dress({ theme = "clean", sheets = {} } = {}) {
      root.dataset.theme = sheets[theme] ? `${sheets[theme].base ?? "clean"} ${theme}` : theme;
    },
    /** Draws `data` of a board frame; what it calls nothing is an empty page. */
    draw(data) {
      const made = build(data, drawn);
      if (made) root.replaceChildren(made);
      else root.replaceChildren();
      drawn = made && data;
    },
  };
}
