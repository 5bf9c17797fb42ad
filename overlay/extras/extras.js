// A page beside the alerts: one of five kinds, each a module of its own, loaded when the gateway has said which it is. It
// draws when a `board` frame comes, and between two of them nothing runs.

const KINDS = {
  goal: () => import("./goal.js"),
  latest: () => import("./latest.js"),
  top: () => import("./top.js"),
  sold: () => import("./sold.js"),
  qr: () => import("./qr.js"),
};

/** An element with a class and, if given, a text. What people wrote goes in by textContent, never as markup. */
export function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** A name, which may be written from right to left; it must not turn the line around it. */
export function isolated(className, text) {
  const made = element("bdi", className, text);
  made.dir = "auto";
  return made;
}

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
