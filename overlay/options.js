// What the page was opened with. Everything is in the fragment, which no server, proxy or log ever sees.

const KEY = /^ovk\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_.-]+$/;
const SCALE = { least: 0.25, most: 4 };

/** Reads `#k=ovk.…&mute=1&preview=1&scale=1.5`. A key that is none reads as null: such a page stays blank. */
export function readOptions(fragment) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const key = KEY.exec(given.get("k") ?? "");
  const scale = Number(given.get("scale"));
  return {
    key: key && key[0],
    overlay: key && key[1],
    mute: given.get("mute") === "1",
    preview: given.get("preview") === "1",
    scale: scale > 0 ? Math.min(Math.max(scale, SCALE.least), SCALE.most) : 1,
  };
}
