// The card of one alert. Everything a buyer wrote goes in by textContent, never as markup: OBS runs pages unsandboxed.

const DEEDS = { sale: "bought", subscription: "subscribed to", renewal: "renewed", tip: "left a tip" };
const BARE_DEEDS = { sale: "bought something", subscription: "subscribed", renewal: "renewed a subscription" };
const MEMBERS_NAMED = 3; // of several orders on one card: what two lines hold and eyes read in six seconds
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

const itemName = ({ name, variant }) => (variant ? `${name} (${variant})` : name);

function deed({ kind, items }) {
  const line = element("p", "deed");
  if (kind === "tip" || !items?.length) {
    line.textContent = BARE_DEEDS[kind] ?? DEEDS[kind] ?? BARE_DEEDS.sale;
    return line;
  }
  const [{ quantity }] = items;
  line.append(element("span", "verb", `${DEEDS[kind] ?? DEEDS.sale} `));
  line.append(isolated("item", itemName(items[0])));
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

function words(title, deedLine, message) {
  const made = element("div", "words");
  const name = element("p", "name");
  name.append(isolated("buyer", title));
  made.append(name, deedLine);
  if (message) made.append(message);
  return made;
}

function oneOrder(alert, picture) {
  const { buyer, message } = alert;
  const text = message?.text ? element("p", "message", message.text) : null;
  if (text) text.dir = "auto";
  return [tile(buyer, picture), words(buyer.name, deed(alert), text)];
}

// Several orders on one card: how many, and who the first of them were.
function manyOrders({ members }) {
  const told = members.filter(({ buyer, items }) => !buyer.anonymous || items?.length).slice(0, MEMBERS_NAMED);
  const line = told.length ? element("p", "message") : null;
  told.forEach(({ buyer, items }, at) => {
    if (at > 0) line.append(", ");
    if (!buyer.anonymous) line.append(isolated("member", buyer.name));
    if (!buyer.anonymous && items?.length) line.append(": ");
    if (items?.length) line.append(isolated("goods", itemName(items[0])));
  });
  if (line && told.length < members.length) line.append(` and ${members.length - told.length} more`);
  const title = `${members.length} ${members.length === 1 ? "order" : "orders"}`;
  return [element("div", "tile bell"), words(title, element("p", "deed", "while you were away"), line)];
}

/** Builds the card; `picture` is a decoded image or null. */
export function buildCard(alert, picture) {
  const { amount } = alert;
  const card = element("article", `card ${alert.kind}`);
  const plate = element("div", "plate");
  plate.append(...(alert.members?.length ? manyOrders(alert) : oneOrder(alert, picture)));
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
