// What all pages of the overlay write with. Everything a buyer wrote goes in by textContent, never as markup: OBS runs
// pages unsandboxed.

const DEEDS = { sale: "bought", subscription: "subscribed to", renewal: "renewed", tip: "left a tip" };
const BARE_DEEDS = { sale: "bought something", subscription: "subscribed", renewal: "renewed a subscription" };

/** What a buyer did, before what it was done to: "bought". */
export const deedTo = (kind) => DEEDS[kind] ?? DEEDS.sale;

/** What a buyer did, where nothing is named: "bought something". */
export const bareDeed = (kind) => BARE_DEEDS[kind] ?? DEEDS[kind] ?? BARE_DEEDS.sale;

/** An element with a class and, if given, a text. */
export function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** A name, which may be written from right to left; it must not turn the sentence around it. */
export function isolated(className, text) {
  const made = element("bdi", className, text);
  made.dir = "auto";
  return made;
}
