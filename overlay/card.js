// The card of one alert. Everything a buyer wrote goes in by textContent, never as markup: OBS runs pages unsandboxed.

const DEEDS = { sale: "bought", subscription: "subscribed to", renewal: "renewed", tip: "left a tip" };
const BARE_DEEDS = { sale: "bought something", subscription: "subscribed", renewal: "renewed a subscription" };
const NAME_SHRINKS_TO = 0.7; // look.md; what is still too long gets an ellipsis

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// A name may be written from right to left; it must not turn the sentence around it.
function isolated(className, text) {
  const made = element("bdi", className, text);
  made.dir = "auto";
  return made;
}

function deed({ kind, items }) {
  const line = element("p", "deed");
  if (kind === "tip" || !items?.length) {
    line.textContent = BARE_DEEDS[kind] ?? DEEDS[kind] ?? BARE_DEEDS.sale;
    return line;
  }
  const [{ name, variant, quantity }] = items;
  line.append(element("span", "verb", `${DEEDS[kind] ?? DEEDS.sale} `));
  line.append(isolated("item", variant ? `${name} (${variant})` : name));
  if (quantity > 1) line.append(element("span", "times", ` ×${quantity}`));
  if (items.length > 1) line.append(element("span", "more", ` and ${items.length - 1} more`));
  return line;
}

/** The first letter a reader would see: a whole emoji, a letter with its accents. */
export function monogram(name) {
  const [first] = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(name.trim());
  return (first?.segment ?? "").toLocaleUpperCase();
}

function tile({ name, anonymous }, picture) {
  const made = element("div", "tile");
  if (picture) made.append(picture);
  else if (anonymous || !name.trim()) made.classList.add("bell");
  else made.append(element("span", "monogram", monogram(name)));
  return made;
}

/** Builds the card; `picture` is a decoded image or null. */
export function buildCard(alert, picture) {
  const { buyer, amount, message } = alert;
  const card = element("article", `card ${alert.kind}`);
  const plate = element("div", "plate");
  const words = element("div", "words");
  const name = element("p", "name");
  name.append(isolated("buyer", buyer.name));
  words.append(name, deed(alert));
  if (message?.text) {
    const text = element("p", "message", message.text);
    text.dir = "auto";
    words.append(text);
  }
  plate.append(tile(buyer, picture), words);
  card.append(plate);
  if (amount?.text) card.append(element("p", "chip", amount.text));
  const tab = alert.test ? "test" : alert.replay ? "replay" : null;
  if (tab) card.append(element("p", "tab", tab.toUpperCase()));
  return card;
}

/** Makes what a buyer wrote fit, once the card is in the document and before it is painted. */
export function fitCard(card) {
  const name = card.querySelector(".name");
  const room = name.clientWidth / name.scrollWidth;
  if (room < 1) name.style.setProperty("--shrink", String(Math.max(NAME_SHRINKS_TO, room * 0.99)));
  const message = card.querySelector(".message");
  if (message && message.scrollHeight > message.clientHeight + 1) message.classList.add("long");
}

/** The picture of the first item that has one, decoded, or null; never fails. */
export async function loadPicture({ items }) {
  const path = items?.find(({ image }) => image)?.image;
  if (!path) return null;
  const picture = new Image();
  picture.alt = "";
  picture.src = path;
  try {
    await picture.decode();
    return picture;
  } catch {
    return null;
  }
}
